-- A person's word: on an open approval, or on data in quarantine.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..3]  run, task, 1 accepted or 0 rejected
-- ARGV[4..6]  value of an approval (JSON), failure of a rejection (JSON), who and when (JSON)
--
-- Returns 1, or 0 when the task waits for no decision.
-- @include keys
-- @include now
-- @include changes
-- @include waiting
local run, task, accepted, t = ARGV[1], ARGV[2], ARGV[3] == '1', now()
local k = key('task', run, task)
local h = redis.call('HMGET', k, 'status', 'kind', 'quarantined')
if h[1] == 'waiting' and h[2] == 'approve' then
  redis.call('HSET', k, 'decided', ARGV[6])
  if accepted then turn_up(run, task, ARGV[4], t) else turn_down(run, task, 'failed', ARGV[5], t) end
  return 1
end
if h[1] == 'invalid' and h[3] then
  redis.call('HDEL', k, 'quarantined')
  ask_no_more(run, task)
  redis.call('HSET', k, 'decided', ARGV[6])
  redis.call('HINCRBY', key('run', run), 'waits', -1)
  settle(run, task, accepted and 'succeeded' or 'invalid', t)
  return 1
end
return 0
