-- Add a version of a workflow: immutable, and registering the same again changes nothing but settings.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..6]  workflow, version, version record (JSON without its time), settings (JSON), source folder,
--             1 to make it live
--
-- Returns 1 when the version is new, 0 when it was there.
-- @include keys
-- @include now
-- @include changes
local name, t = ARGV[1], now()
local new = redis.call('SETNX', key('version', name, ARGV[2]), ARGV[3])
redis.call('ZADD', key('versions', name), 'NX', t, ARGV[2])
redis.call('SADD', key('workflows'), name)
local k = key('workflow', name)
redis.call('HSET', k, 'settings', ARGV[4], 'source', ARGV[5], 'build_error', '')
redis.call('HSETNX', k, 'paused', '0')
if ARGV[6] == '1' and redis.call('HGET', k, 'live') ~= ARGV[2] then
  redis.call('HSET', k, 'live', ARGV[2], 'registered', t)
end
changed('workflow', name, new == 1 and 'registered' or 'settings')
return new
