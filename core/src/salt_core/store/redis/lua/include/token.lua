-- The fence: 'ok' while this very claim holds the task, 'duplicate' when it ended it already, else 'stale'.
local function judge(run, task, attempt, nonce)
  local h = redis.call('HMGET', key('task', run, task), 'status', 'attempt', 'nonce', 'ended_by')
  local fence = attempt .. ':' .. nonce
  if h[4] == fence then return 'duplicate' end
  if h[1] == 'running' and h[2] == attempt and h[3] == nonce then return 'ok' end
  return 'stale'
end
