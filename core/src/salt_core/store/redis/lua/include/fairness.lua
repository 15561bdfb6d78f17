-- Whose turn it is: start-time fair queueing. Of one queue, kind and priority, the tasks of each fair key follow each
-- other, and the next of a key is never before the newest that was claimed (`turns`). So a key that brings ten tasks
-- beside one that brings a thousand waits for ten of them, and one that was idle has saved nothing up.
local function score_of(priority, order) return (512 - priority) * 1099511627776 + order end

-- The order of a task that becomes ready for the first time; it keeps it when it comes back.
local function turn_of(queue, kind, priority, fair)
  local k = key('fair', queue, kind, priority)
  local newest = tonumber(redis.call('HGET', key('turns'), queue .. ':' .. kind .. ':' .. priority) or '0')
  local last = tonumber(redis.call('ZSCORE', k, fair) or '0')
  local order = math.max(last, newest) + 1
  redis.call('ZADD', k, order, fair)
  return order
end

-- A task was claimed. Keys that have nothing ahead are forgotten.
local function took(queue, kind, priority, order)
  local k, name = key('fair', queue, kind, priority), queue .. ':' .. kind .. ':' .. priority
  local newest = tonumber(redis.call('HGET', key('turns'), name) or '0')
  order = tonumber(order)
  if order > newest then redis.call('HSET', key('turns'), name, order) end
  redis.call('ZREMRANGEBYSCORE', k, '-inf', math.max(order, newest))
  -- What was cancelled is never claimed: its key would stay.
  if redis.call('EXISTS', key('ready', queue, kind)) == 0 then redis.call('DEL', k) end
end
