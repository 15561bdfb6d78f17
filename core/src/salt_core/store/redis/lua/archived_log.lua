-- The blob store has a log up to an offset: what lies well behind it may leave Redis.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..4]  run, task, attempt, nonce of the attempt that wrote the log
-- ARGV[5..8]  offset, prefix of the chunks in the blob store, 1 if that is all of it, live tail to keep (bytes)
--
-- Returns 1, or 0 when the log is another attempt's. A dead agent's log may still be archived afterwards.
-- @allow-oom
-- @include keys
local run, task, attempt = ARGV[1], ARGV[2], ARGV[3]
local meta, stream = key('logmeta', run, task, attempt), key('log', run, task, attempt)
if redis.call('EXISTS', key('task', run, task)) == 0 then return 0 end
local m = redis.call('HMGET', meta, 'nonce', 'size', 'archived')
if m[1] and m[1] ~= ARGV[4] then return 0 end
local upto = math.max(tonumber(ARGV[5]), tonumber(m[3] or '0'))
local size = math.max(tonumber(m[2] or '0'), upto)
redis.call('HSET', meta, 'nonce', ARGV[4], 'archived', upto, 'archive', ARGV[6], 'size', size)
local floor = upto - tonumber(ARGV[8])
if floor > 0 then redis.call('XTRIM', stream, 'MINID', floor .. '-0') end
if ARGV[7] == '1' then
  redis.call('HSET', meta, 'closed', 1)
  -- Wakes followers; the archive has the rest. One that is closed again has its marker already.
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)
  if not last[1] or last[1][1] ~= size .. '-1' then redis.call('XADD', stream, size .. '-1', 's', size) end
  redis.call('EXPIRE', stream, 3600)
end
return 1
