-- One heartbeat: the agent is there, and so is everything that it holds.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..4]  agent, info (JSON), lease (ms), queues (comma separated)
-- ARGV[5...]  per attempt: run, task, attempt, nonce
--
-- Returns {members lost, ms until any lease or timer ends or -1, 1 if a host leads, 1 if the agent should drain}.
-- @allow-oom
-- @include keys
-- @include now
-- @include queues
-- @include unfinished
-- @include token
local t, lost = now(), {}
for i = 5, #ARGV, 4 do
  local member = ARGV[i] .. '/' .. ARGV[i + 1]
  if judge(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]) == 'ok' then
    redis.call('ZADD', key('leases'), 'XX', t + tonumber(ARGV[3]), member)
  else lost[#lost + 1] = member end
end
redis.call('ZADD', key('agents'), t, ARGV[1])
redis.call('HSET', key('agent', ARGV[1]), 'info', ARGV[2], 'seen', t)
redis.call('HSETNX', key('agent', ARGV[1]), 'started', t)
redis.call('EXPIRE', key('agent', ARGV[1]), 86400)
-- A marker that died with a waiter's connection comes back here.
for queue in string.gmatch(ARGV[4], '[^,]+') do remark(queue, 'task'); remark(queue, 'body') end
local next_ms = -1
for _, name in ipairs({'leases', 'delayed'}) do
  local first = redis.call('ZRANGE', key(name), 0, 0, 'WITHSCORES')
  local wait = first[2] and math.max(0, tonumber(first[2]) - t)
  if wait and (next_ms < 0 or wait < next_ms) then next_ms = wait end
end
if unfinished() then next_ms = 0 end
local drain = redis.call('HGET', key('agent', ARGV[1]), 'drain') and 1 or 0
return {lost, next_ms, redis.call('EXISTS', key('leader')), drain}
