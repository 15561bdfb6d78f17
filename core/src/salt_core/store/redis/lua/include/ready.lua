-- Ready work is ordered by priority, then by age. Age is a counter, for a wall clock that steps back must hide
-- nothing, and it is kept: what a dead agent held is next, not last.
local function mark(queue, kind)
  redis.call('ZADD', key('wake', queue, kind), 0, '1')
end
local function remark(queue, kind)
  if redis.call('EXISTS', key('ready', queue, kind)) == 1 then mark(queue, kind)
  else redis.call('DEL', key('wake', queue, kind)) end
end
local function kind_of(task) if task == '0' then return 'body' end return 'task' end
local function split(member)
  local at = string.find(member, '/', 1, true)
  return string.sub(member, 1, at - 1), string.sub(member, at + 1)
end
-- A task whose status allows it becomes ready.
local function make_ready(run, task)
  local k, kind = key('task', run, task), kind_of(task)
  local h = redis.call('HMGET', k, 'queue', 'priority', 'order')
  local order = h[3] or redis.call('INCR', key('order'))
  redis.call('HSET', k, 'status', 'queued', 'order', order)
  redis.call('ZADD', key('ready', h[1], kind), (512 - h[2]) * 1099511627776 + order, run .. '/' .. task)
  mark(h[1], kind)
end
local function promote(t, limit)
  local due = redis.call('ZRANGEBYSCORE', key('delayed'), '-inf', t, 'LIMIT', 0, limit)
  for _, member in ipairs(due) do
    redis.call('ZREM', key('delayed'), member)
    local run, task = split(member)
    if redis.call('HGET', key('task', run, task), 'status') == 'retrying' then
      make_ready(run, task)
      changed('task', member, 'queued')
    end
  end
  return #due
end
