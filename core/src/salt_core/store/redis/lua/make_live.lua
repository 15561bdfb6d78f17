-- New runs of a workflow use this version from now on.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..2]  workflow, version
--
-- Returns 1, or 0 when there is no such version.
-- @include keys
-- @include now
-- @include changes
if redis.call('EXISTS', key('version', ARGV[1], ARGV[2])) == 0 then return 0 end
redis.call('HSET', key('workflow', ARGV[1]), 'live', ARGV[2], 'registered', now())
changed('workflow', ARGV[1], 'live')
return 1
