-- Take or keep the leader's lease: a hint, so that hosts do not work twice for nothing.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..2]  host, lease (ms)
--
-- Returns 1 when the host leads now, 0 when another does.
-- @allow-oom
-- @include keys
-- @include changes
local leader = redis.call('GET', key('leader'))
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', key('leader'), ARGV[1], 'PX', ARGV[2])
if not leader then changed('leader', ARGV[1], 'elected') end
return 1
