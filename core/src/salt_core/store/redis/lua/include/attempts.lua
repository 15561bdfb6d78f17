-- The running attempt is over: its lease and its limits go, and what it was is kept.
-- @include limits
local function end_attempt(run, task, t, status, start, failure)
  local k = key('task', run, task)
  local h = redis.call('HMGET', k, 'attempt', 'agent', 'claimed', 'limits')
  redis.call('ZREM', key('leases'), run .. '/' .. task)
  if h[4] then free_limits(run, task, t) end
  local record = {number = tonumber(h[1]), agent = h[2], started = tonumber(h[3]), finished = t,
    status = status, start = start}
  if failure ~= '' then record.error = cjson.decode(failure) end
  redis.call('RPUSH', key('attempts', run, task), cjson.encode(record))
  -- A task that keeps being lost or given back must not grow its record without bound.
  redis.call('LTRIM', key('attempts', run, task), -100, -1)
end
