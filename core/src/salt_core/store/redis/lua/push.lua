-- Journal the calls of a workflow function, queue those that need nothing, and begin what others wait for.
--
-- KEYS[1]  the namespace's prefix
-- ARGV[1..3]  run, attempt, nonce of the body
-- ARGV[4...]  per call: seq, kind, name, source line, input (JSON), needs (comma separated), policy (JSON), queue,
--             priority, more (JSON, see include/calling.lua, or '')
--
-- Returns 'ok', or 'stale' when the body's lease is no longer held by this attempt; 'gap' when a number is
-- missing before a call. Numbers that are journaled already are skipped: calling it again is safe.
-- @include keys
-- @include now
-- @include changes
-- @include token
-- @include calling
local run = ARGV[1]
if judge(run, '0', ARGV[2], ARGV[3]) ~= 'ok' then return 'stale' end
local t, r = now(), key('run', run)
local calls = tonumber(redis.call('HGET', r, 'calls'))
for i = 4, #ARGV, 10 do
  local task, kind, name, at, seq = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], tonumber(ARGV[i])
  if seq > calls + 1 then return 'gap' end
  if seq == calls + 1 then
    calls = seq
    redis.call('HSET', r, 'calls', calls)
    local k = key('task', run, task)
    redis.call('HSET', k, 'name', name, 'needs', ARGV[i + 5], 'policy', ARGV[i + 6],
      'queue', ARGV[i + 7], 'priority', ARGV[i + 8], 'created', t, 'attempt', 0, 'failures', 0, 'lost', 0)
    if ARGV[i + 4] ~= '' then redis.call('HSET', k, 'input', ARGV[i + 4]) end
    if kind ~= 'task' then redis.call('HSET', k, 'kind', kind) end
    if at ~= '' then redis.call('HSET', k, 'at', at) end
    if ARGV[i + 9] ~= '' then redis.call('HSET', k, 'more', ARGV[i + 9]) end
    local tail = (kind ~= 'task' or at ~= '') and '\t' .. (kind ~= 'task' and kind or '') .. '\t' .. at or ''
    redis.call('RPUSH', key('journal', run), 'c ' .. task .. ' ' .. name .. tail)
    begin_call(run, task, kind, name, ARGV[i + 5], ARGV[i + 9] ~= '' and cjson.decode(ARGV[i + 9]) or {}, t)
  end
end
return 'ok'
