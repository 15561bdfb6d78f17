-- Record a task's value, release what needs it, and claim again.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..6]  run, task, attempt, nonce, value (JSON), how the process started
-- ARGV[7...]  a claim's arguments (see include/claiming.lua), or nothing
--
-- Returns {'ok' | 'duplicate' | 'stale', assignments}. A body's value ends its run.
-- @allow-oom
-- @include keys
-- @include now
-- @include changes
-- @include ready
-- @include token
-- @include attempts
-- @include ending
-- @include claiming
local run, task = ARGV[1], ARGV[2]
local verdict = judge(run, task, ARGV[3], ARGV[4])
if verdict == 'ok' then
  local t, k = now(), key('task', run, task)
  end_attempt(run, task, t, 'succeeded', ARGV[6], '')
  redis.call('HSET', k, 'value', ARGV[5], 'ended_by', ARGV[3] .. ':' .. ARGV[4])
  if task == '0' then
    redis.call('HSET', k, 'status', 'succeeded', 'finished', t)
    end_run(run, 'succeeded', t, '')
  else settle(run, task, 'succeeded', t) end
end
if ARGV[7] then return {verdict, claim(7)} end
return {verdict, {}}
