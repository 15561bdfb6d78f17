-- Make a run and queue its body. `a` is a list of:
--   run, workflow, version, params JSON, policy JSON, queue, priority, trigger, function or '', timeout (ms) or '',
--   start timeout (ms) or '', fair key or '', and of a run that another one called: its caller `run/task`, its root
-- Returns 1, or 0 when the run exists.
-- @include ready
local function create(a)
  local run = a[1]
  if redis.call('EXISTS', key('run', run)) == 1 then return 0 end
  local t = now()
  local r, body = key('run', run), key('task', run, '0')
  redis.call('HSET', r, 'workflow', a[2], 'version', a[3],
    'params', a[4], 'trigger', a[8], 'status', 'queued', 'created', t, 'calls', 0, 'done', 0, 'waits', 0, 'kids', 0)
  redis.call('HSET', body, 'name', a[9] ~= '' and a[9] or a[2], 'input', a[4],
    'policy', a[5], 'queue', a[6], 'priority', a[7],
    'status', 'queued', 'created', t, 'attempt', 0, 'failures', 0, 'lost', 0)
  if a[9] ~= '' then redis.call('HSET', r, 'function', a[9]) end
  if a[10] ~= '' then redis.call('ZADD', key('delayed'), t + a[10], '^' .. run) end
  if a[11] ~= '' then redis.call('ZADD', key('delayed'), t + a[11], '!' .. run .. '/0') end
  if a[12] ~= '' then redis.call('HSET', body, 'fair', a[12]) end
  if a[13] then redis.call('HSET', r, 'parent', a[13], 'root', a[14])
  else
    redis.call('ZADD', key('runs'), t, run)
    redis.call('ZADD', key('runs', a[2]), t, run)
  end
  redis.call('ZADD', key('live'), t, run)
  make_ready(run, '0')
  changed('run', run, 'queued')
  return 1
end
local function arguments(first) return {unpack(ARGV, first)} end
