-- Hand out ready work. `first` is the index in ARGV where a claim's arguments begin:
--   agent, request id, nonce, lease ms, tasks wanted, bodies wanted, queues...
-- Returns one flat record per assignment:
--   run, task, attempt, nonce, workflow, version, name, input, policy JSON, run created ms, {seq, value, ...},
--   entries of the journal (of a body)
-- @include due
local function assignment(run, task)
  local h = redis.call('HMGET', key('task', run, task), 'attempt', 'nonce', 'name', 'input', 'policy', 'needs')
  local r = redis.call('HMGET', key('run', run), 'workflow', 'version', 'created')
  local results = {}
  for seq in string.gmatch(h[6] or '', '[^,]+') do
    results[#results + 1] = seq
    results[#results + 1] = redis.call('HGET', key('task', run, seq), 'value')
  end
  local entries = task == '0' and redis.call('LLEN', key('journal', run)) or 0
  return {run, task, h[1], h[2], r[1], r[2], h[3], h[4], h[5], r[3], results, entries}
end

-- How many tasks a claim may put aside because a limit is full: the next claim goes on.
local asides_left = 1000

local function claim(first)
  local agent, request, nonce = ARGV[first], ARGV[first + 1], ARGV[first + 2]
  local lease_ms = tonumber(ARGV[first + 3])
  local wanted = {task = tonumber(ARGV[first + 4]), body = tonumber(ARGV[first + 5])}
  local out, t = {}, now()
  local memo_key = key('claimed', agent, request)
  local memo = redis.call('GET', memo_key)
  if memo then   -- the reply was lost: the same again, as far as it still holds
    local held_by, members = string.match(memo, '^(%x+) (.*)$')
    for member in string.gmatch(members, '[^,]+') do
      local run, task = split(member)
      local h = redis.call('HMGET', key('task', run, task), 'status', 'nonce')
      if h[1] == 'running' and h[2] == held_by then out[#out + 1] = assignment(run, task) end
    end
    return out
  end
  promote(t, 64)
  local members = {}
  for _, kind in ipairs({'body', 'task'}) do
    for i = first + 6, #ARGV do
      local queue = ARGV[i]
      while wanted[kind] > 0 and asides_left > 0 do
        local popped = redis.call('ZPOPMIN', key('ready', queue, kind))
        local member = popped[1]
        if not member then break end
        local run, task = split(member)
        local k = key('task', run, task)
        local h = redis.call('HMGET', k, 'status', 'priority', 'order', 'start_ms')
        local run_status = redis.call('HGET', key('run', run), 'status')
        -- A task of a run that has ended is left to the sweep.
        if h[1] == 'queued' and run_status and not ended(run_status) then
          if take_limits(run, task, t) then
            local attempt = redis.call('HINCRBY', k, 'attempt', 1)
            redis.call('HSET', k, 'status', 'running', 'nonce', nonce, 'agent', agent, 'claimed', t)
            redis.call('HSETNX', k, 'started', t)
            redis.call('ZADD', key('leases'), t + lease_ms, member)
            if h[4] then redis.call('ZREM', key('delayed'), '!' .. member) end
            took(queue, kind, h[2], h[3])
            changed('task', member, 'running')
            if kind == 'body' then
              redis.call('HSET', key('run', run), 'status', 'running')
              redis.call('HSETNX', key('run', run), 'started', t)
              changed('run', run, 'running')
            end
            out[#out + 1] = assignment(run, task)
            members[#members + 1] = member
            wanted[kind] = wanted[kind] - 1
          else asides_left = asides_left - 1 end
        end
      end
      remark(queue, kind)
    end
  end
  -- One key a request, for an agent has several claims under way; after the lease it is of no use.
  if #members > 0 then redis.call('SET', memo_key, nonce .. ' ' .. table.concat(members, ','), 'PX', lease_ms) end
  return out
end
