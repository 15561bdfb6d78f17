-- Ready work is ordered by priority, then by turn: a counter that is fair between runs and never a clock, for a wall
-- clock that steps back must hide nothing. It is kept: what a dead agent held is next, not last.
-- @include now
-- @include queues
-- @include fairness
-- @include limits
local function root_of(run) return redis.call('HGET', key('run', run), 'root') or run end
-- A task whose status allows it becomes ready, or is put aside while a limit that it needs is crowded.
local function make_ready(run, task)
  local k, kind = key('task', run, task), kind_of(task)
  local h = redis.call('HMGET', k, 'queue', 'priority', 'order', 'fair', 'limits', 'start_ms')
  local order = h[3] or turn_of(h[1], kind, h[2], h[4] or root_of(run))
  redis.call('HSET', k, 'status', 'queued', 'order', order)
  if h[6] and not h[3] then redis.call('ZADD', key('delayed'), now() + h[6], '!' .. run .. '/' .. task) end
  local score = (512 - h[2]) * 1099511627776 + order
  local limit = h[5] and crowded(run, task)
  if limit then put_aside(limit, run, task, score)
  else
    redis.call('ZADD', key('ready', h[1], kind), score, run .. '/' .. task)
    mark(h[1], kind)
  end
end
-- The opposite, for a task that will never run.
local function unready(run, task, queue)
  redis.call('ZREM', key('ready', queue, kind_of(task)), run .. '/' .. task)
  redis.call('ZREM', key('delayed'), '!' .. run .. '/' .. task)
  forget_limits(run, task)
end
