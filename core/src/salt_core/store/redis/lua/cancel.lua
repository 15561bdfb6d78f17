-- Cancel a run and all that it has left; the agents that run parts of it are told.
--
-- KEYS[1]  the namespace's prefix
-- ARGV[1]  run
--
-- Returns 1, 0 when it had ended already, -1 when there is no such run.
-- @allow-oom
-- @include keys
-- @include now
-- @include changes
-- @include ready
-- @include attempts
-- @include ending
local run = ARGV[1]
local status = redis.call('HGET', key('run', run), 'status')
if not status then return -1 end
if status == 'succeeded' or status == 'failed' or status == 'cancelled' then return 0 end
local t, k = now(), key('task', run, '0')
local h = redis.call('HMGET', k, 'status', 'queue', 'agent')
if h[1] == 'running' then
  end_attempt(run, '0', t, 'cancelled', '', '')
  tell(h[3], 'c ' .. run .. '/0', t)
elseif h[1] == 'queued' then redis.call('ZREM', key('ready', h[2], 'body'), run .. '/0')
elseif h[1] == 'retrying' then redis.call('ZREM', key('delayed'), run .. '/0') end
redis.call('HSET', k, 'status', 'cancelled', 'finished', t)
end_run(run, 'cancelled', t, '')
return 1
