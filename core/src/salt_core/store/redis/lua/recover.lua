-- Put back what expired leases held and what has waited out its backoff. Anyone may call it, at any time.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..3]  how many leases to look at; how often a task may be lost before it is given up, and how often a
--             body that does not get on
--
-- Returns {members put back, members given up, retries promoted, ms until the next is due or -1}.
-- @allow-oom
-- @include keys
-- @include now
-- @include changes
-- @include due
-- @include unfinished
local t, requeued, given_up = now(), {}, {}
local expired = redis.call('ZRANGEBYSCORE', key('leases'), '-inf', t, 'LIMIT', 0, tonumber(ARGV[1]))
for _, member in ipairs(expired) do
  local run, task = split(member)
  local k = key('task', run, task)
  local h = redis.call('HMGET', k, 'status', 'attempt', 'nonce', 'agent', 'journaled')
  if h[1] == 'running' then   -- conditional: a task that ended meanwhile is left alone
    local log = key('logmeta', run, task, h[2])
    if redis.call('EXISTS', log) == 1 then redis.call('HSET', log, 'closed', 1) end
    local failure = cjson.encode({type = 'Lost', message = 'the agent ' .. h[4] .. ' did not renew its lease',
      traceback = '', retryable = true})
    end_attempt(run, task, t, 'lost', '', failure)
    -- A body that got on since it was last lost is not what kills its agents.
    local length = redis.call('LLEN', key('journal', run))
    local fresh = task == '0' and tostring(length) ~= (h[5] or '0')
    local lost = fresh and 1 or redis.call('HINCRBY', k, 'lost', 1)
    redis.call('HSET', k, 'lost', lost, 'journaled', length)
    if lost > tonumber(task == '0' and ARGV[3] or ARGV[2]) then
      redis.call('HSET', k, 'error', failure)
      if task == '0' then
        redis.call('HSET', k, 'status', 'failed', 'finished', t)
        end_run(run, 'failed', t, failure)
      else settle(run, task, 'failed', t) end
      given_up[#given_up + 1] = member
    else
      make_ready(run, task)
      changed('task', member, 'queued')
      requeued[#requeued + 1] = member
    end
  else redis.call('ZREM', key('leases'), member) end
end
local promoted = promote(t, tonumber(ARGV[1]))
-- What one script could not do to its end.
for _, run in ipairs(redis.call('SRANDMEMBER', key('sweeps'), 3)) do sweep(run, t) end
cancel_doomed(t, 50)
for _, member in ipairs(redis.call('SPOP', key('releasing'), 20)) do
  local run, task = split(member)
  local length = redis.call('LLEN', key('journal', run))
  release(run, {task}, t)
  if redis.call('LLEN', key('journal', run)) > length then tell_body(run, t) end
end
local pending = redis.call('ZRANGE', key('emitting'), 0, 0, 'WITHSCORES')
if pending[1] then
  local event, entry = string.match(pending[1], '^(.*) (%S+)$')
  local kept = redis.call('XRANGE', key('events', event), entry, entry)[1]
  if kept then deliver(event, entry, pending[2], kept[2][2], t) else redis.call('ZREM', key('emitting'), pending[1]) end
end
local next_ms = -1
for _, name in ipairs({'leases', 'delayed'}) do
  local first = redis.call('ZRANGE', key(name), 0, 0, 'WITHSCORES')
  if first[2] then
    local wait = math.max(0, tonumber(first[2]) - t)
    if next_ms < 0 or wait < next_ms then next_ms = wait end
  end
end
if unfinished() then next_ms = 0 end
return {requeued, given_up, promoted, next_ms}
