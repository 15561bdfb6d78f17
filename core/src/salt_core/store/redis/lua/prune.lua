-- Forget runs that ended long ago: at most 1,000 tasks a call.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..2]  age (ms), how many runs
--
-- Returns the runs that are gone.
-- @allow-oom
-- @include keys
-- @include now
-- @include changes
-- @include forgetting
local gone, budget = {}, 1000
local old = redis.call('ZRANGEBYSCORE', key('finished'), '-inf', now() - tonumber(ARGV[1]), 'LIMIT', 0, tonumber(ARGV[2]))
for _, run in ipairs(old) do
  local h = redis.call('HMGET', key('run', run), 'calls', 'workflow', 'pruned')
  local from, calls = tonumber(h[3] or '0'), tonumber(h[1])
  local upto = math.min(calls, from + budget - 1)
  for seq = from, upto do
    forget_call(run, tostring(seq))
  end
  budget = budget - (upto - from + 1)
  if upto < calls then
    redis.call('HSET', key('run', run), 'pruned', upto + 1)
    break
  end
  redis.call('UNLINK', key('run', run), key('journal', run), key('ended', run))
  redis.call('ZREM', key('finished'), run)
  redis.call('ZREM', key('runs'), run)
  redis.call('ZREM', key('runs', h[2]), run)
  redis.call('SREM', key('sweeps'), run)
  changed('run', run, 'forgotten')
  gone[#gone + 1] = run
  if budget <= 0 then break end
end
return gone
