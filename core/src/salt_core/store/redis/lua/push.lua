-- Journal the calls of a workflow function, and queue those that need nothing.
--
-- KEYS[1]  the namespace's prefix
-- ARGV[1..3]  run, attempt, nonce of the body
-- ARGV[4...]  per call: seq, name, input (JSON), needs (comma separated), policy (JSON), queue, priority
--
-- Returns 'ok', or 'stale' when the body's lease is no longer held by this attempt; 'gap' when a number is
-- missing before a call. Numbers that are journaled already are skipped: calling it again is safe.
-- @include keys
-- @include now
-- @include changes
-- @include ready
-- @include token
local run = ARGV[1]
if judge(run, '0', ARGV[2], ARGV[3]) ~= 'ok' then return 'stale' end
local t, r = now(), key('run', run)
local calls = tonumber(redis.call('HGET', r, 'calls'))
for i = 4, #ARGV, 7 do
  local task, seq = ARGV[i], tonumber(ARGV[i])
  if seq > calls + 1 then return 'gap' end
  if seq == calls + 1 then
    calls = seq
    local left, broken = 0, nil
    for need in string.gmatch(ARGV[i + 3], '[^,]+') do
      local status = redis.call('HGET', key('task', run, need), 'status')
      if status ~= 'succeeded' then
        left = left + 1
        if status == 'failed' or status == 'cancelled' or status == 'invalid' then broken = need end
        local others = redis.call('HGET', key('dependents', run), need)
        redis.call('HSET', key('dependents', run), need, others and (others .. ',' .. task) or task)
      end
    end
    local status = left == 0 and 'queued' or 'blocked'
    if broken then status = 'failed' end
    local k = key('task', run, task)
    redis.call('HSET', k, 'name', ARGV[i + 1], 'input', ARGV[i + 2], 'needs', ARGV[i + 3], 'policy', ARGV[i + 4],
      'queue', ARGV[i + 5], 'priority', ARGV[i + 6], 'status', status, 'left', left, 'created', t,
      'attempt', 0, 'failures', 0, 'lost', 0)
    redis.call('RPUSH', key('journal', run), 'c ' .. task .. ' ' .. ARGV[i + 1])
    if broken then
      redis.call('HSET', k, 'finished', t, 'error', cjson.encode({type = 'UpstreamFailed',
        message = 'it needs the result of task ' .. broken .. ', which there is not', traceback = '', retryable = false}))
      redis.call('RPUSH', key('journal', run), 'd ' .. task)
      redis.call('HINCRBY', r, 'done', 1)
      redis.call('ZADD', key('inbox', redis.call('HGET', key('task', run, '0'), 'agent')), t, 'j ' .. run)
    elseif left == 0 then make_ready(run, task) end
    changed('task', run .. '/' .. task, status)
  end
end
redis.call('HSET', r, 'calls', calls)
return 'ok'
