-- Ask an agent to take no more work, or to go on.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..2]  agent, '1' to drain or '0' to go on
--
-- Returns 1, or 0 when there is no such agent.
-- @include keys
-- @include changes
local k = key('agent', ARGV[1])
if redis.call('EXISTS', k) == 0 then return 0 end
if ARGV[2] == '1' then redis.call('HSET', k, 'drain', '1') else redis.call('HDEL', k, 'drain') end
changed('agent', ARGV[1], ARGV[2] == '1' and 'draining' or 'up')
return 1
