-- Everything that was kept of one call. The run that it made, if it has ended, is the next that retention forgets.
-- @include people
local function forget_call(run, task)
  local h = redis.call('HMGET', key('task', run, task), 'attempt', 'child')
  if h[2] then redis.call('ZADD', key('finished'), 'XX', 0, h[2]) end
  for attempt = 1, tonumber(h[1] or '0') do
    redis.call('UNLINK', key('log', run, task, attempt), key('logmeta', run, task, attempt))
  end
  redis.call('UNLINK', key('task', run, task), key('attempts', run, task))
  ask_no_more(run, task)
end
-- The oldest calls of a loop, beyond call `loop` and up to `upto`: at most `limit` a script.
local function forget_calls(run, loop, upto, limit)
  local r = key('run', run)
  local from = math.max(tonumber(redis.call('HGET', r, 'forgot') or '0'), loop) + 1
  local last = math.min(upto, from + limit - 1)
  if last < from then return end
  for seq = from, last do forget_call(run, tostring(seq)) end
  redis.call('HSET', r, 'forgot', last)
end
