-- Replace a workflow's schedules. One whose id is known keeps its cursor.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1]     workflow
-- ARGV[2...]  per schedule: id, definition (JSON), first slot (Unix ms)
--
-- Returns how many were dropped.
-- @include keys
-- @include changes
local set, keep, dropped = key('schedules', ARGV[1]), {}, 0
for i = 2, #ARGV, 3 do
  local id = ARGV[i]
  local k = key('schedule', id)
  keep[id] = true
  redis.call('SADD', set, id)
  redis.call('HSET', k, 'workflow', ARGV[1], 'definition', ARGV[i + 1])
  if redis.call('HSETNX', k, 'next_due', ARGV[i + 2]) == 1 then redis.call('ZADD', key('due'), ARGV[i + 2], id) end
end
for _, id in ipairs(redis.call('SMEMBERS', set)) do
  if not keep[id] then
    redis.call('SREM', set, id)
    redis.call('ZREM', key('due'), id)
    redis.call('DEL', key('schedule', id))
    dropped = dropped + 1
  end
end
changed('schedule', ARGV[1], 'replaced')
return dropped
