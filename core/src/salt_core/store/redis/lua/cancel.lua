-- Cancel a run and all that it has left, also the runs that it called; the agents that run parts of it are told.
--
-- KEYS[1]  the namespace's prefix
-- ARGV[1]  run
--
-- Returns 1, 0 when it had ended already, -1 when there is no such run.
-- @allow-oom
-- @include keys
-- @include now
-- @include changes
-- @include ending
local status = redis.call('HGET', key('run', ARGV[1]), 'status')
if not status then return -1 end
if ended(status) then return 0 end
local t = now()
stop_run(ARGV[1], 'cancelled', t, '')
cancel_doomed(t, 50)
return 1
