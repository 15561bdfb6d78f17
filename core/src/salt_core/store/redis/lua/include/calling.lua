-- Begin a call of a workflow function. `more` (a table) has what most calls do not need:
--   limits, fair, start_ms, lax · for_ms, until_ms, timeout_ms, where, message, fields ·
--   child: {arguments of include/creating.lua} · refused: failure JSON
-- @include creating
-- @include waiting
local never = {failed = true, cancelled = true}

-- How many results it still needs, and which one it will never get.
local function wire_needs(run, task, needs, lax)
  local left, broken, status = 0, nil, nil
  for need in string.gmatch(needs, '[^,]+') do
    local h = redis.call('HMGET', key('task', run, need), 'status', 'quarantined')
    local invalid = h[1] == 'invalid'
    if h[1] ~= 'succeeded' and not (invalid and lax) then
      left = left + 1
      if never[h[1]] or (invalid and not h[2]) then broken, status = need, h[1]
      elseif not h[1] then broken, status = need, 'forgotten' end
      redis.call('RPUSH', key(lax and 'lax' or 'dependents', run, need), task)
    end
  end
  return left, broken, status
end

local function begin_task(run, task, needs, more, t)
  local k = key('task', run, task)
  if more.limits then redis.call('HSET', k, 'limits', cjson.encode(more.limits)) end
  if more.fair then redis.call('HSET', k, 'fair', more.fair) end
  if more.start_ms then redis.call('HSET', k, 'start_ms', more.start_ms) end
  local left, broken, status = wire_needs(run, task, needs, more.lax)
  redis.call('HSET', k, 'left', left)
  if broken then
    upstream_ended(run, task, broken, status, t)
    tell_body(run, t)
  elseif left == 0 then
    make_ready(run, task)
    changed('task', run .. '/' .. task, 'queued')
  else
    redis.call('HSET', k, 'status', 'blocked')
    changed('task', run .. '/' .. task, 'blocked')
  end
end

-- An endless recursion has to end in words.
local DEEPEST = 1000

-- A run's id is in the names of files: that of a deep one is a digest below its root.
local function child_id(run, task)
  local id = run .. '.' .. task
  if #id <= 100 then return id end
  return root_of(run) .. '.' .. string.sub(redis.sha1hex(id), 1, 32)
end

local function begin_wait(run, task, kind, name, more, t)
  local k, r = key('task', run, task), key('run', run)
  redis.call('HSET', k, 'status', 'waiting', 'started', t)
  redis.call('HINCRBY', r, 'waits', 1)
  changed('task', run .. '/' .. task, 'waiting')
  local due = more.until_ms or (more.for_ms and t + more.for_ms) or (more.timeout_ms and t + more.timeout_ms)
  if due then
    redis.call('HSET', k, 'due', string.format('%.0f', due))
    redis.call('ZADD', key('delayed'), due, run .. '/' .. task)
  end
  if kind == 'approve' then
    redis.call('HSET', k, 'message', more.message or '', 'fields', more.fields or '')
    ask_people(run, task, t)
  elseif kind == 'event' then
    if more.where then redis.call('HSET', k, 'where', more.where) end
    begin_event(run, task, name, more.where, t)
  elseif kind == 'run' then
    local child, depth = more.child, tonumber(redis.call('HGET', r, 'depth') or '0') + 1
    redis.call('HINCRBY', r, 'kids', 1)
    if depth > DEEPEST then
      turn_down(run, task, 'failed', failure_of('TooDeep',
        'workflow functions call each other ' .. DEEPEST .. ' deep, and no deeper: write it as a loop'), t)
      return
    end
    child[1], child[13], child[14] = child_id(run, task), run .. '/' .. task, root_of(run)
    redis.call('HSET', k, 'child', child[1])
    create(child)
    redis.call('HSET', key('run', child[1]), 'depth', depth)
  end
end

-- The task's hash has its name, input, needs, policy, queue, priority and source line already.
local function begin_call(run, task, kind, name, needs, more, t)
  local k = key('task', run, task)
  if more.refused then
    redis.call('HSET', k, 'error', more.refused)
    finish(run, task, 'failed', t)
    tell_body(run, t)
  elseif kind == 'loop' then
    redis.call('HSET', k, 'status', 'succeeded', 'begins', redis.call('LLEN', key('journal', run)))
    redis.call('HINCRBY', key('run', run), 'done', 1)
    changed('task', run .. '/' .. task, 'succeeded')
  elseif kind == 'task' then begin_task(run, task, needs, more, t)
  else begin_wait(run, task, kind, name, more, t) end
end
