-- Append to the log of an attempt. An entry's id is the offset where it ends, so sending it again is refused.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..4]  run, task, attempt, nonce
-- ARGV[5...]  per chunk: start, end (byte offsets in the log), data (compressed)
--
-- Returns the offset reached, or -1 when this attempt's log is closed to this token.
-- @include keys
local run, task, attempt, nonce = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local meta, stream = key('logmeta', run, task, attempt), key('log', run, task, attempt)
local h = redis.call('HMGET', key('task', run, task), 'attempt', 'nonce')
if h[1] ~= attempt or h[2] ~= nonce then return -1 end
local m = redis.call('HMGET', meta, 'nonce', 'size')
if m[1] and m[1] ~= nonce then return -1 end
if not m[1] then redis.call('HSET', meta, 'nonce', nonce, 'archived', 0, 'closed', 0) end
local size = tonumber(m[2] or '0')
for i = 5, #ARGV, 3 do
  if tonumber(ARGV[i]) > size then break end   -- a gap: the sender starts again from what is returned
  if tonumber(ARGV[i + 1]) > size then
    redis.call('XADD', stream, ARGV[i + 1] .. '-0', 's', ARGV[i], 'd', ARGV[i + 2])
    size = tonumber(ARGV[i + 1])
  end
end
redis.call('HSET', meta, 'size', size)
return size
