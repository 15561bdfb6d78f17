-- Let a workflow's schedules skip their slots, or fire again. What runs goes on, and people may start runs.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..2]  workflow, '1' to pause or '0' to go on
--
-- Returns 1 it is so now, 0 it was so already, -1 there is no such workflow.
-- @include keys
-- @include changes
local k = key('workflow', ARGV[1])
if redis.call('EXISTS', k) == 0 then return -1 end
if (redis.call('HGET', k, 'paused') or '0') == ARGV[2] then return 0 end
redis.call('HSET', k, 'paused', ARGV[2])
changed('workflow', ARGV[1], ARGV[2] == '1' and 'paused' or 'resumed')
return 1
