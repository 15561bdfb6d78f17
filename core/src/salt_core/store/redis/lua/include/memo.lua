-- Values that may be used again, by a key made of a task's code and its inputs.
-- `memos` bounds their number: those that would expire next go first.
local function remember(memo_key, value, ms, t)
  ms = math.floor(tonumber(ms) or 0)
  if ms <= 0 then return end
  local all = key('memos')
  redis.call('SET', key('memo', memo_key), value, 'PX', ms)
  redis.call('ZADD', all, t + ms, memo_key)
  for _ = 1, 2 do
    local first = redis.call('ZRANGE', all, 0, 0, 'WITHSCORES')
    if tonumber(first[2]) > t and redis.call('ZCARD', all) <= 100000 then return end
    redis.call('ZREM', all, first[1])
    redis.call('DEL', key('memo', first[1]))
  end
end
