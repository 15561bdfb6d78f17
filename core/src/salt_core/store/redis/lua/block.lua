-- A replay departed from the journal: the run is kept as it is, neither failed nor tried again.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..5]  run, attempt, nonce of the body, failure (JSON), how its process started
--
-- Returns 'ok', 'duplicate' or 'stale'.
-- @allow-oom
-- @include keys
-- @include now
-- @include changes
-- @include token
-- @include attempts
local run, k = ARGV[1], key('task', ARGV[1], '0')
local verdict = judge(run, '0', ARGV[2], ARGV[3])
if verdict ~= 'ok' then return verdict end
end_attempt(run, '0', now(), 'failed', ARGV[5], ARGV[4])
redis.call('HSET', k, 'status', 'blocked', 'error', ARGV[4], 'ended_by', ARGV[2] .. ':' .. ARGV[3])
redis.call('HSET', key('run', run), 'status', 'waiting', 'error', ARGV[4])
changed('task', run .. '/0', 'blocked')
changed('run', run, 'waiting')
return 'ok'
