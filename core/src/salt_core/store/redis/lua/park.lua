-- Let go of a workflow function that waits: it has no process, and what it waits for makes it ready again.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..3]  run, attempt, nonce of the body
-- ARGV[4..5]  entries of the journal that it was given, 1 to do it although tasks of it are under way
--
-- Returns 'parked', 'grown' when there are entries that it has not seen or nothing that it could wait for, 'busy', or
-- 'stale'.
-- @allow-oom
-- @include keys
-- @include now
-- @include changes
-- @include token
-- @include attempts
local run, k = ARGV[1], key('task', ARGV[1], '0')
local fence = ARGV[2] .. ':' .. ARGV[3]
if redis.call('HGET', k, 'parked_by') == fence then return 'parked' end
if judge(run, '0', ARGV[2], ARGV[3]) ~= 'ok' then return 'stale' end
if redis.call('LLEN', key('journal', run)) > tonumber(ARGV[4]) then return 'grown' end
local r = key('run', run)
local h = redis.call('HMGET', r, 'calls', 'done', 'waits', 'kids')
-- Nothing would ever wake it.
if h[1] == h[2] then return 'grown' end
local busy = h[1] - h[2] > tonumber(h[3])
if busy and ARGV[5] ~= '1' then return 'busy' end
local t = now()
end_attempt(run, '0', t, 'parked', '', '')
redis.call('HSET', k, 'status', 'waiting', 'parked_by', fence)
-- Somebody works for it: to people it runs.
local status = (busy or tonumber(h[4]) > 0) and 'running' or 'waiting'
redis.call('HSET', r, 'status', status)
changed('task', run .. '/0', 'waiting')
changed('run', run, status)
return 'parked'
