-- Calls that no agent runs: they wait for a moment, an event, an answer, a run. `waits` of a run counts those that are
-- open, `kids` the runs among them.
-- @include settling
-- @include people
local function stop_waiting(run, task)
  local k, r = key('task', run, task), key('run', run)
  local h = redis.call('HMGET', k, 'kind', 'name', 'waiters', 'shape')
  redis.call('ZREM', key('delayed'), run .. '/' .. task)
  redis.call('HINCRBY', r, 'waits', -1)
  if h[1] == 'run' then redis.call('HINCRBY', r, 'kids', -1) end
  if h[1] == 'approve' then ask_no_more(run, task) end
  if h[3] then
    redis.call('ZREM', key('listening'), run .. '/' .. task)
    redis.call('ZREM', key('waiters', h[2], h[3]), run .. '/' .. task)
    if redis.call('HINCRBY', key('shapes', h[2]), h[4], -1) <= 0 then redis.call('HDEL', key('shapes', h[2]), h[4]) end
  end
  redis.call('HDEL', k, 'waiters', 'shape')
end

local function turn_up(run, task, value, t)
  stop_waiting(run, task)
  redis.call('HSET', key('task', run, task), 'value', value)
  settle(run, task, 'succeeded', t)
end

local function turn_down(run, task, status, failure, t)
  stop_waiting(run, task)
  redis.call('HSET', key('task', run, task), 'error', failure)
  settle(run, task, status, t)
end

-- Its moment has come: the end of a timer, the timeout of anything else.
local function wait_over(run, task, t)
  local h = redis.call('HMGET', key('task', run, task), 'kind', 'name')
  if h[1] == 'sleep' then turn_up(run, task, 'null', t)
  else
    local what = h[1] == 'event' and 'the event ' or 'the answer to '
    turn_down(run, task, 'failed', failure_of('TimedOut', what .. h[2] .. ' did not come in time'), t)
  end
end

-- Which fields of a payload a wait looks at, in order, and what they must be: '' and '' for any payload.
local function shape_of(where)
  local names = {}
  for name in pairs(where) do names[#names + 1] = name end
  table.sort(names)
  return names
end
local function picked(names, payload)
  local parts = {}
  for i, name in ipairs(names) do
    if type(payload) ~= 'table' or payload[name] == nil then return nil end
    -- cjson rounds numbers to 14 digits: two orders would be one.
    local value = payload[name]
    parts[i] = type(value) == 'number' and string.format('%.17g', value) or cjson.encode(value)
  end
  return table.concat(parts, '\n')
end
local function waiters_name(names, values)
  return redis.sha1hex(table.concat(names, '\n') .. '\n\n' .. values)
end

-- The wait `task` gets the event `entry` of the event's stream; the same run's next wait looks behind it.
local function hear(run, task, event, waiters, entry, payload, t)
  redis.call('HSET', key('run', run), 'seen:' .. event .. ':' .. waiters, entry)
  turn_up(run, task, payload, t)
end

-- An event that came after the run was created, and that it has not taken yet, counts: between what makes an event
-- come and the wait for it there is always a moment.
local function begin_event(run, task, event, where, t)
  local wanted = where and cjson.decode(where) or {}
  local names = shape_of(wanted)
  local values = picked(names, wanted)
  local waiters = waiters_name(names, values)
  local h = redis.call('HMGET', key('run', run), 'created', 'seen:' .. event .. ':' .. waiters)
  local from = h[2] and '(' .. h[2] or h[1] .. '-0'
  for _, entry in ipairs(redis.call('XRANGE', key('events', event), from, '+')) do
    local payload = entry[2][2]
    local ok, decoded = pcall(cjson.decode, payload)
    if picked(names, ok and decoded or nil) == values then
      hear(run, task, event, waiters, entry[1], payload, t)
      return
    end
  end
  local shape = cjson.encode(names)
  redis.call('HSET', key('task', run, task), 'waiters', waiters, 'shape', shape)
  redis.call('ZADD', key('waiters', event, waiters), redis.call('INCR', key('order')), run .. '/' .. task)
  redis.call('HINCRBY', key('shapes', event), shape, 1)
  redis.call('ZADD', key('listening'), t, run .. '/' .. task)
end

-- Tell an event to those who have waited for it since before `serial`, at most 500 a script; how many were told. Until
-- all are, it stays in `emitting`, and the events behind it wait: each hears them in their order.
local function deliver(event, entry, serial, payload, t)
  local told, most = 0, 500
  local ok, decoded = pcall(cjson.decode, payload)
  for _, shape in ipairs(redis.call('HKEYS', key('shapes', event))) do
    local names = cjson.decode(shape)
    local values = picked(names, ok and decoded or nil)
    if values then
      local waiters = waiters_name(names, values)
      local members = redis.call('ZRANGEBYSCORE', key('waiters', event, waiters), '-inf', serial, 'LIMIT', 0, most - told)
      for _, member in ipairs(members) do
        local run, task = split(member)
        hear(run, task, event, waiters, entry, payload, t)
        told = told + 1
      end
      if told == most then return told end
    end
  end
  redis.call('ZREM', key('emitting'), event .. ' ' .. entry)
  return told
end
