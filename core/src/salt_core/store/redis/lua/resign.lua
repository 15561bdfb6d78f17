-- Give the leader's lease back; whoever waits for it sees the change.
--
-- KEYS[1]  the namespace's prefix
-- ARGV[1]  host
--
-- Returns 1, or 0 when this host did not lead.
-- @allow-oom
-- @include keys
-- @include changes
if redis.call('GET', key('leader')) ~= ARGV[1] then return 0 end
redis.call('DEL', key('leader'))
changed('leader', ARGV[1], 'resigned')
return 1
