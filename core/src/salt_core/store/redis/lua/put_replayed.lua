-- What the replay after a run's end showed.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..2]  run, verdict
--
-- Returns 1, or 0 when there is no such run.
-- @include keys
-- @include changes
if redis.call('EXISTS', key('run', ARGV[1])) == 0 then return 0 end
redis.call('HSET', key('run', ARGV[1]), 'replayed', ARGV[2])
changed('run', ARGV[1], 'replayed')
return 1
