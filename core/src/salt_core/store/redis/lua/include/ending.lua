-- What follows when a task has ended for good: the journal, dependents, the body, the run.
local function tell(agent, notice, t)
  if not agent or agent == '' then return end
  redis.call('ZADD', key('inbox', agent), t, notice)
  redis.call('EXPIRE', key('inbox', agent), 86400)
end

local function tell_body(run, t)
  local h = redis.call('HMGET', key('task', run, '0'), 'status', 'agent')
  if h[1] == 'running' then tell(h[2], 'j ' .. run, t)
  elseif h[1] == 'waiting' then make_ready(run, '0') end
end

-- One task (never the body) is at its end: written down, journaled, its dependents released or failed.
-- Iterative: a chain of 10,000 must not be 10,000 deep.
local function settle(run, task, status, t)
  local stack = {{task, status}}
  while #stack > 0 do
    local current = table.remove(stack)
    redis.call('HSET', key('task', run, current[1]), 'status', current[2], 'finished', t)
    redis.call('RPUSH', key('journal', run), 'd ' .. current[1])
    redis.call('HINCRBY', key('run', run), 'done', 1)
    changed('task', run .. '/' .. current[1], current[2])
    local dependents = redis.call('HGET', key('dependents', run), current[1])
    if dependents then
      redis.call('HDEL', key('dependents', run), current[1])
      for other in string.gmatch(dependents, '[^,]+') do
        local k = key('task', run, other)
        if redis.call('HGET', k, 'status') == 'blocked' then
          if current[2] ~= 'succeeded' then
            redis.call('HSET', k, 'status', 'failed', 'error', cjson.encode({type = 'UpstreamFailed',
              message = 'it needs the result of task ' .. current[1] .. ', which ' .. current[2],
              traceback = '', retryable = false}))
            stack[#stack + 1] = {other, 'failed'}
          elseif redis.call('HINCRBY', k, 'left', -1) == 0 then
            make_ready(run, other)
            changed('task', run .. '/' .. other, 'queued')
          end
        end
      end
    end
  end
  tell_body(run, t)
end

-- Cancel what an ended run has left, at most 1,000 tasks a call: a script must not hold the server long.
local function sweep(run, t)
  local h = redis.call('HMGET', key('run', run), 'swept', 'calls')
  local from, calls = tonumber(h[1] or '0') + 1, tonumber(h[2])
  local upto = math.min(from + 999, calls)
  for seq = from, upto do
    local task = tostring(seq)
    local k = key('task', run, task)
    local s = redis.call('HMGET', k, 'status', 'queue', 'agent')
    if s[1] == 'running' then
      end_attempt(run, task, t, 'cancelled', '', '')
      tell(s[3], 'c ' .. run .. '/' .. task, t)
    elseif s[1] == 'queued' then redis.call('ZREM', key('ready', s[2], 'task'), run .. '/' .. task)
    elseif s[1] == 'retrying' then redis.call('ZREM', key('delayed'), run .. '/' .. task) end
    if s[1] == 'running' or s[1] == 'queued' or s[1] == 'retrying' or s[1] == 'blocked' then
      redis.call('HSET', k, 'status', 'cancelled', 'finished', t)
      redis.call('HINCRBY', key('run', run), 'done', 1)
    end
  end
  redis.call('HSET', key('run', run), 'swept', upto)
  if upto < calls then redis.call('SADD', key('sweeps'), run)
  else
    redis.call('SREM', key('sweeps'), run)
    redis.call('DEL', key('dependents', run))
  end
end

local function end_run(run, status, t, failure)
  local k = key('run', run)
  redis.call('HSET', k, 'status', status, 'finished', t)
  if failure ~= '' then redis.call('HSET', k, 'error', failure) end
  redis.call('ZREM', key('live'), run)
  redis.call('ZADD', key('finished'), t, run)
  redis.call('XADD', key('ended', run), '*', 'status', status)
  redis.call('EXPIRE', key('ended', run), 3600)
  changed('run', run, status)
  sweep(run, t)
end
