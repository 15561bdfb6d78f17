-- Let a run that has not ended go on with a version: its function is replayed there.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..2]  run, version
--
-- Returns 1, or 0 when the run has ended or there is none.
-- @include keys
-- @include now
-- @include changes
-- @include ending
local run, r, k, t = ARGV[1], key('run', ARGV[1]), key('task', ARGV[1], '0'), now()
local status = redis.call('HGET', r, 'status')
if not status or ended(status) then return 0 end
redis.call('HSET', r, 'version', ARGV[2])
redis.call('HDEL', r, 'error')
redis.call('HDEL', k, 'error')
redis.call('HSET', k, 'lost', 0, 'failures', 0)
local h = redis.call('HMGET', k, 'status', 'agent')
if h[1] == 'running' then
  end_attempt(run, '0', t, 'released', '', '')
  tell(h[2], 'c ' .. run .. '/0', t)
elseif h[1] == 'retrying' then redis.call('ZREM', key('delayed'), run .. '/0') end
if h[1] ~= 'queued' then make_ready(run, '0') end
changed('task', run .. '/0', 'queued')
changed('run', run, status)
return 1
