-- What follows when a call has ended for good: the journal, what needs it, the workflow function that made it.
-- @include ready
local function tell(agent, notice, t)
  if not agent or agent == '' then return end
  redis.call('ZADD', key('inbox', agent), t, notice)
  redis.call('EXPIRE', key('inbox', agent), 86400)
end

local function tell_body(run, t)
  local h = redis.call('HMGET', key('task', run, '0'), 'status', 'agent')
  if h[1] == 'running' then tell(h[2], 'j ' .. run, t)
  elseif h[1] == 'waiting' then
    make_ready(run, '0')
    changed('task', run .. '/0', 'queued')
  end
end

local function failure_of(kind, message)
  return cjson.encode({type = kind, message = message, traceback = '', retryable = false})
end

local function finish(run, task, status, t)
  redis.call('HSET', key('task', run, task), 'status', status, 'finished', t)
  redis.call('RPUSH', key('journal', run), 'd ' .. task)
  redis.call('HINCRBY', key('run', run), 'done', 1)
  changed('task', run .. '/' .. task, status)
end

-- A call that needs a result which there will never be ends like it.
local function upstream_ended(run, task, need, status, t)
  local own, kind = 'failed', 'UpstreamFailed'
  if status == 'invalid' then own, kind = 'invalid', 'UpstreamInvalid' end
  redis.call('HSET', key('task', run, task), 'error',
    failure_of(kind, 'it needs the result of task ' .. need .. ', which is ' .. status))
  finish(run, task, own, t)
end

-- How many dependents one script may look at: it must not hold the server long. `recover` does the rest.
local dependents_left = 2000

local function release_one(run, other)
  if redis.call('HINCRBY', key('task', run, other), 'left', -1) == 0 then
    make_ready(run, other)
    changed('task', run .. '/' .. other, 'queued')
  end
end

-- Dependents of calls that have ended. Iterative: a chain of 10,000 must not be 10,000 deep.
local function release(run, needs, t)
  while #needs > 0 do
    local need = table.remove(needs)
    local h = redis.call('HMGET', key('task', run, need), 'status', 'quarantined')
    local status, lists = h[1], {key('lax', run, need)}
    -- In quarantine: those that take what there is may go on, the others wait for a person.
    if not h[2] then lists[2] = key('dependents', run, need) end
    for _, list in ipairs(lists) do
      local lax = list == key('lax', run, need)
      while true do
        if dependents_left <= 0 then
          if redis.call('EXISTS', list) == 1 then redis.call('SADD', key('releasing'), run .. '/' .. need) end
          break
        end
        local some = redis.call('LPOP', list, math.min(dependents_left, 500))
        if not some or #some == 0 then break end
        dependents_left = dependents_left - #some
        for _, other in ipairs(some) do
          if redis.call('HGET', key('task', run, other), 'status') == 'blocked' then
            if status == 'succeeded' or (lax and status == 'invalid') then release_one(run, other)
            else
              upstream_ended(run, other, need, status, t)
              needs[#needs + 1] = other
            end
          end
        end
      end
    end
  end
end

-- One call (never the body) is at its end.
local function settle(run, task, status, t)
  finish(run, task, status, t)
  release(run, {task}, t)
  tell_body(run, t)
end
