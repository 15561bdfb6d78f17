-- Fire one slot of a schedule: compare its cursor, make the run, advance. This is what makes a slot fire once.
--
-- KEYS[1]      the namespace's prefix
-- ARGV[1..3]   schedule, slot that is due (Unix ms), the slot after it
-- ARGV[4...]   the run (see include/creating.lua), or nothing: the slot is skipped
--
-- Returns 1, or 0 when the cursor is elsewhere: someone else fired it, or the schedule changed or is gone.
-- @include keys
-- @include now
-- @include changes
-- @include creating
local k = key('schedule', ARGV[1])
if redis.call('HGET', k, 'next_due') ~= ARGV[2] then return 0 end
redis.call('HSET', k, 'next_due', ARGV[3], 'last_due', ARGV[2])
redis.call('ZADD', key('due'), ARGV[3], ARGV[1])
if ARGV[4] then create(arguments(4)) end
changed('schedule', ARGV[1], ARGV[4] and 'fired' or 'skipped')
return 1
