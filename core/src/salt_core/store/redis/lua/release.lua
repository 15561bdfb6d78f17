-- Give attempts back: the agent stops. It does not count as a try.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1...]  per attempt: run, task, attempt, nonce
--
-- Returns how many were given back; the others were not held any more.
-- @allow-oom
-- @include keys
-- @include now
-- @include changes
-- @include ready
-- @include token
-- @include attempts
local t, count = now(), 0
for i = 1, #ARGV, 4 do
  local run, task = ARGV[i], ARGV[i + 1]
  if judge(run, task, ARGV[i + 2], ARGV[i + 3]) == 'ok' then
    end_attempt(run, task, t, 'released', '', '')
    make_ready(run, task)
    changed('task', run .. '/' .. task, 'queued')
    count = count + 1
  end
end
return count
