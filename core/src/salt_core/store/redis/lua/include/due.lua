-- Timers: a retry or a wait (`run/task`), a start that takes too long (`!run/task`), a run that does (`^run`), a rate
-- limit with room again (`~name`). What is due is done, at most `limit` of them; how many were retries.
-- @include ending
local function start_over(run, task, t)
  local h = redis.call('HMGET', key('task', run, task), 'status', 'queue', 'attempt')
  if h[1] ~= 'queued' or h[3] ~= '0' then return end
  local failure = failure_of('StartTimedOut', 'no agent took it in time')
  if task == '0' then stop_run(run, 'failed', t, failure)
  else
    unready(run, task, h[2])
    redis.call('HSET', key('task', run, task), 'error', failure)
    settle(run, task, 'failed', t)
  end
end

local function promote(t, limit)
  local retries = 0
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key('delayed'), '-inf', t, 'LIMIT', 0, limit)) do
    redis.call('ZREM', key('delayed'), member)
    local first, rest = string.sub(member, 1, 1), string.sub(member, 2)
    if first == '~' then refill(rest, t)
    elseif first == '!' then
      local run, task = split(rest)
      start_over(run, task, t)
    elseif first == '^' then
      local status = redis.call('HGET', key('run', rest), 'status')
      if status and not ended(status) then
        stop_run(rest, 'failed', t, failure_of('TimedOut', 'the run took longer than its timeout'))
      end
    else
      local run, task = split(member)
      local status = redis.call('HGET', key('task', run, task), 'status')
      if status == 'retrying' then
        make_ready(run, task)
        changed('task', member, 'queued')
        retries = retries + 1
      elseif status == 'waiting' and task ~= '0' then wait_over(run, task, t) end
    end
  end
  return retries
end
