-- Make a run and queue its body. `first` is the index in ARGV of:
--   run, workflow, version, params JSON, policy JSON, queue, priority, trigger
-- Returns 1, or 0 when the run exists.
local function create(first)
  local run = ARGV[first]
  if redis.call('EXISTS', key('run', run)) == 1 then return 0 end
  local t = now()
  redis.call('HSET', key('run', run), 'workflow', ARGV[first + 1], 'version', ARGV[first + 2],
    'params', ARGV[first + 3], 'trigger', ARGV[first + 7], 'status', 'queued', 'created', t, 'calls', 0, 'done', 0)
  redis.call('HSET', key('task', run, '0'), 'name', ARGV[first + 1], 'input', ARGV[first + 3],
    'policy', ARGV[first + 4], 'queue', ARGV[first + 5], 'priority', ARGV[first + 6],
    'status', 'queued', 'created', t, 'attempt', 0, 'failures', 0, 'lost', 0)
  redis.call('ZADD', key('runs'), t, run)
  redis.call('ZADD', key('runs', ARGV[first + 1]), t, run)
  redis.call('ZADD', key('live'), t, run)
  make_ready(run, '0')
  changed('run', run, 'queued')
  return 1
end
