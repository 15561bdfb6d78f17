-- The end of a run, and of all that it has left.
-- @include waiting
-- @include attempts

-- Cancel what an ended run has left, at most 1,000 calls at a time: a script must not hold the server long.
local calls_swept = 0
local function sweep(run, t)
  local h = redis.call('HMGET', key('run', run), 'swept', 'calls')
  local from, calls = tonumber(h[1] or '0') + 1, tonumber(h[2])
  local upto = math.min(from + 999, calls)
  for seq = from, upto do
    local task = tostring(seq)
    local k = key('task', run, task)
    local s = redis.call('HMGET', k, 'status', 'queue', 'agent', 'child', 'quarantined')
    local open = true
    if s[1] == 'running' then
      end_attempt(run, task, t, 'cancelled', '', '')
      tell(s[3], 'c ' .. run .. '/' .. task, t)
    elseif s[1] == 'queued' then unready(run, task, s[2])
    elseif s[1] == 'retrying' then redis.call('ZREM', key('delayed'), run .. '/' .. task)
    elseif s[1] == 'waiting' then
      stop_waiting(run, task)
      if s[4] then redis.call('SADD', key('doomed'), s[4]) end
    elseif s[5] then   -- nobody decides any more
      open = false
      redis.call('HDEL', k, 'quarantined')
      ask_no_more(run, task)
      redis.call('HSET', k, 'finished', t)
      redis.call('HINCRBY', key('run', run), 'waits', -1)
      redis.call('HINCRBY', key('run', run), 'done', 1)
    elseif s[1] ~= 'blocked' then open = false end
    if open then
      redis.call('HSET', k, 'status', 'cancelled', 'finished', t)
      redis.call('HINCRBY', key('run', run), 'done', 1)
    end
    redis.call('DEL', key('dependents', run, task), key('lax', run, task))
  end
  calls_swept = calls_swept + upto - from + 1
  redis.call('HSET', key('run', run), 'swept', upto)
  if upto < calls then redis.call('SADD', key('sweeps'), run)
  else redis.call('SREM', key('sweeps'), run) end
end

local function end_run(run, status, t, failure)
  local k = key('run', run)
  redis.call('HSET', k, 'status', status, 'finished', t)
  if failure ~= '' then redis.call('HSET', k, 'error', failure)
  else redis.call('HDEL', k, 'error') end
  redis.call('ZREM', key('live'), run)
  redis.call('ZREM', key('delayed'), '^' .. run, '!' .. run .. '/0')
  redis.call('ZADD', key('finished'), t, run)
  redis.call('RPUSH', key('ended', run), status)
  redis.call('EXPIRE', key('ended', run), 3600)
  changed('run', run, status)
  sweep(run, t)
  local parent = redis.call('HGET', k, 'parent')
  if not parent then return end
  local above, call = split(parent)
  if redis.call('HGET', key('task', above, call), 'status') ~= 'waiting' then return end
  if status == 'succeeded' then turn_up(above, call, redis.call('HGET', key('task', run, '0'), 'value'), t)
  else
    if failure == '' then failure = failure_of('Cancelled', 'the run ' .. run .. ' was cancelled') end
    turn_down(above, call, status, failure, t)
  end
end

-- End a run from outside: its body is taken away from whoever has it.
local function stop_run(run, status, t, failure)
  local k = key('task', run, '0')
  local h = redis.call('HMGET', k, 'status', 'queue', 'agent')
  if h[1] == 'running' then
    end_attempt(run, '0', t, status == 'failed' and 'timed_out' or 'cancelled', '', failure)
    tell(h[3], 'c ' .. run .. '/0', t)
  elseif h[1] == 'queued' then unready(run, '0', h[2])
  elseif h[1] == 'retrying' then redis.call('ZREM', key('delayed'), run .. '/0') end
  redis.call('HSET', k, 'status', status, 'finished', t)
  if failure ~= '' then redis.call('HSET', k, 'error', failure) end
  end_run(run, status, t, failure)
end

local function ended(status) return status == 'succeeded' or status == 'failed' or status == 'cancelled' end

-- Runs whose caller has ended: some of them.
local function cancel_doomed(t, count)
  for _ = 1, count do
    local run = calls_swept < 2000 and redis.call('SPOP', key('doomed'))
    if not run then return end
    local status = redis.call('HGET', key('run', run), 'status')
    if status and not ended(status) then stop_run(run, 'cancelled', t, '') end
  end
end
