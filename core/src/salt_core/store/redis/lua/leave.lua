-- Forget an agent that has stopped and holds nothing any more.
--
-- KEYS[1]  the namespace's prefix
-- ARGV[1]  agent
--
-- Returns 1, or 0 when it was not known.
-- @allow-oom
-- @include keys
-- @include changes
local known = redis.call('ZREM', key('agents'), ARGV[1])
redis.call('DEL', key('agent', ARGV[1]), key('inbox', ARGV[1]))
changed('agent', ARGV[1], 'left')
return known
