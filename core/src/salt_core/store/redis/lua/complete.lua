-- Record a task's value, release what needs it, and claim again.
--
-- KEYS[1]      the namespace's prefix
-- ARGV[1..6]   run, task, attempt, nonce, value (JSON), how the process started
-- ARGV[7..9]   verdict of its checks ('valid', 'invalid', 'quarantined'), what they said (JSON or ''), failure (JSON)
--              when it is not valid
-- ARGV[10..11] key under which the value may be used again or '', for how long (ms)
-- ARGV[12..14] workflow and task whose history gets a record or '', the numbers that its checks recorded (JSON)
-- ARGV[15...]  a claim's arguments (see include/claiming.lua), or nothing
--
-- Returns {'ok' | 'duplicate' | 'stale', assignments}. A body's value ends its run.
-- @allow-oom
-- @include keys
-- @include now
-- @include changes
-- @include token
-- @include claiming
-- @include memo
-- @include history
local run, task = ARGV[1], ARGV[2]
local verdict = judge(run, task, ARGV[3], ARGV[4])
if verdict == 'ok' then
  local t, k, valid = now(), key('task', run, task), ARGV[7] == 'valid'
  end_attempt(run, task, t, valid and 'succeeded' or 'invalid', ARGV[6], ARGV[9])
  redis.call('HSET', k, 'value', ARGV[5], 'ended_by', ARGV[3] .. ':' .. ARGV[4])
  if ARGV[8] ~= '' then redis.call('HSET', k, 'checks', ARGV[8]) end
  if ARGV[12] ~= '' then note_history(ARGV[12], ARGV[13], run, t, ARGV[14], valid and ARGV[5] or nil) end
  if task == '0' then
    redis.call('HSET', k, 'status', 'succeeded', 'finished', t)
    end_run(run, 'succeeded', t, '')
  elseif valid then
    if ARGV[10] ~= '' then remember(ARGV[10], ARGV[5], ARGV[11], t) end
    settle(run, task, 'succeeded', t)
  else
    redis.call('HSET', k, 'error', ARGV[9])
    if ARGV[7] == 'invalid' then settle(run, task, 'invalid', t)
    else
      redis.call('HSET', k, 'status', 'invalid', 'quarantined', 1)
      redis.call('HINCRBY', key('run', run), 'waits', 1)
      ask_people(run, task, t)
      changed('task', run .. '/' .. task, 'invalid')
      release(run, {task}, t)
    end
  end
end
if ARGV[15] then return {verdict, claim(15)} end
return {verdict, {}}
