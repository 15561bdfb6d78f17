-- Record a failed attempt: another try after its backoff while tries are left, else the end.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..4]  run, task, attempt, nonce
-- ARGV[5..9]  failure (JSON), 1 if another try may help, how the attempt ended, how its process started,
--             chance from -1 to 1 (jitter)
-- ARGV[10...] a claim's arguments (see include/claiming.lua), or nothing
--
-- Returns {'ok' | 'duplicate' | 'stale', assignments}. A body that has failed for good ends its run.
-- @allow-oom
-- @include keys
-- @include now
-- @include changes
-- @include token
-- @include claiming
local run, task = ARGV[1], ARGV[2]
local verdict = judge(run, task, ARGV[3], ARGV[4])
if verdict == 'ok' then
  local t, k = now(), key('task', run, task)
  end_attempt(run, task, t, ARGV[7], ARGV[8], ARGV[5])
  redis.call('HSET', k, 'error', ARGV[5], 'ended_by', ARGV[3] .. ':' .. ARGV[4])
  local failures = redis.call('HINCRBY', k, 'failures', 1)
  local policy = cjson.decode(redis.call('HGET', k, 'policy'))
  if ARGV[6] == '1' and failures <= (policy.retries or 0) then
    local delay = math.min(policy.backoff_s * 2 ^ (failures - 1), policy.backoff_max_s) * 1000
    delay = math.max(0, math.floor(delay * (1 + policy.jitter * tonumber(ARGV[9]))))
    redis.call('HSET', k, 'status', 'retrying', 'due', t + delay)
    redis.call('ZADD', key('delayed'), t + delay, run .. '/' .. task)
    changed('task', run .. '/' .. task, 'retrying')
  elseif task == '0' then
    redis.call('HSET', k, 'status', 'failed', 'finished', t)
    end_run(run, 'failed', t, ARGV[5])
  else settle(run, task, 'failed', t) end
end
if ARGV[10] then return {verdict, claim(10)} end
return {verdict, {}}
