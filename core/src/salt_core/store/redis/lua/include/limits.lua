-- Limits by name: how many tasks hold one at once, and how many may start in any window of a length. The field
-- `limits` of a task is JSON [[name, at once or 0, starts or 0, window in ms], ...]; a task holds all of them or none.
--
--   limit:<name>           who holds it, by claim
--   let:<lane>:<name>      tasks in the ready set that count on it; no more than fit. A lane is <queue>:<task|body>:
--                          what waits in a queue that nobody serves keeps nothing from the others
--   limited:<lane>:<name>  tasks put aside until it has room, by their score in the ready set
--   lanes:<name>           lanes that have some
--   rate:<name>            HASH of the starts in the window: count, and each start's moment by its number
-- @include now
-- @include queues
-- @include fairness
local pump

local function limits_of(run, task)
  local h = redis.call('HMGET', key('task', run, task), 'limits', 'queue', 'priority', 'order', 'held')
  if not h[1] then return nil end
  return {run = run, task = task, member = run .. '/' .. task, limits = cjson.decode(h[1]),
    lane = h[2] .. ':' .. kind_of(task), queue = h[2], held = h[5], score = h[4] and score_of(h[3], h[4])}
end

-- Starts that a clock which stepped back shows in the future were made by now.
local function pull_back(k, t)
  local fields = redis.call('HGETALL', k)
  for i = 1, #fields, 2 do
    if tonumber(fields[i]) and tonumber(fields[i + 1]) > t then redis.call('HSET', k, fields[i], t) end
  end
end

-- The moment when one more start fits behind `ahead` others; nil: now; 0: when those have started.
local function window_opens(name, starts, per, ahead, t)
  if starts == 0 then return nil end
  if ahead >= starts then return 0 end
  local k = key('rate', name)
  local count = tonumber(redis.call('HGET', k, 'count') or '0')
  if tonumber(redis.call('HGET', k, count) or '0') > t then pull_back(k, t) end
  local at = redis.call('HGET', k, count - starts + ahead + 1)
  if at and at + per > t then return at + per end
  return nil
end

local function note_start(name, starts, per, t)
  local k = key('rate', name)
  local h = redis.call('HMGET', k, 'count', 'most', 'longest')
  -- Tasks may name different rates: what the widest window asks for is kept.
  local count, most = (h[1] or 0) + 1, math.max(h[2] or 0, starts)
  local longest = math.max(h[3] or 0, per)
  redis.call('HSET', k, 'count', count, 'most', most, 'longest', longest, count, t)
  redis.call('HDEL', k, count - most)
  redis.call('PEXPIRE', k, longest + 60000)
end

-- As `window_opens`, of the limit as a whole.
local function opens(limit, ahead, t)
  local name, at_once, starts, per = unpack(limit)
  if at_once > 0 and redis.call('ZCARD', key('limit', name)) + ahead >= at_once then return 0 end
  return window_opens(name, starts, per, ahead, t)
end

-- As `opens`, for a task with this score: what is in the ready set before it comes first.
local function opens_for(limit, lane, score, t)
  return opens(limit, redis.call('ZCOUNT', key('let', lane, limit[1]), '-inf', score), t)
end

local function unlet(it)
  for _, limit in ipairs(it.limits) do redis.call('ZREM', key('let', it.lane, limit[1]), it.member) end
end

local function crowding(it, t)
  for _, limit in ipairs(it.limits) do
    local first = redis.call('ZRANGE', key('limited', it.lane, limit[1]), 0, 0, 'WITHSCORES')
    if first[2] and tonumber(first[2]) < it.score then return limit[1] end
    if opens_for(limit, it.lane, it.score, t) then return limit[1] end
  end
  for _, limit in ipairs(it.limits) do redis.call('ZADD', key('let', it.lane, limit[1]), it.score, it.member) end
  return nil
end

-- The limit that keeps a task, which has its order, from the ready set; nil: it goes there, and counts as let through.
local function crowded(run, task)
  local it = limits_of(run, task)
  return it and crowding(it, now())
end

local function put_aside(name, run, task, score)
  local k, member = key('task', run, task), run .. '/' .. task
  local lane = redis.call('HGET', k, 'queue') .. ':' .. kind_of(task)
  redis.call('ZADD', key('limited', lane, name), score, member)
  redis.call('SADD', key('lanes', name), lane)
  redis.call('HSET', k, 'held', name)
  if redis.call('ZRANK', key('limited', lane, name), member) == 0 then pump(name, lane, now()) end
end

local function come_back(it, name)
  redis.call('ZREM', key('limited', it.lane, name), it.member)
  redis.call('HDEL', key('task', it.run, it.task), 'held')
  if redis.call('EXISTS', key('limited', it.lane, name)) == 1 then return end
  redis.call('SREM', key('lanes', name), it.lane)
  if redis.call('EXISTS', key('lanes', name)) == 0 then redis.call('ZREM', key('delayed'), '~' .. name) end
end

-- Let those at the head of a lane go on, as many as fit and no more than a script should move. The rest comes by a
-- timer: at once, or when the window has room; or whoever holds the limit gives it back.
function pump(name, lane, t)
  for _ = 1, 64 do
    local first = redis.call('ZRANGE', key('limited', lane, name), 0, 0)[1]
    if not first then return end
    local it, own = limits_of(split(first)), nil
    for _, limit in ipairs(it.limits) do if limit[1] == name then own = limit end end
    local at = opens_for(own, lane, it.score, t)
    if at then
      if at > 0 then redis.call('ZADD', key('delayed'), 'LT', at, '~' .. name) end
      return
    end
    come_back(it, name)
    local other = crowding(it, t)
    if other then put_aside(other, it.run, it.task, it.score)
    else
      redis.call('ZADD', key('ready', lane), it.score, it.member)
      mark(it.queue, kind_of(it.task))
    end
  end
  redis.call('ZADD', key('delayed'), 'LT', t, '~' .. name)
end

local function refill(name, t)
  for _, lane in ipairs(redis.call('SMEMBERS', key('lanes', name))) do pump(name, lane, t) end
end

-- A task was popped from the ready set and is about to run: true when it holds all its limits (or has none), false
-- when it was put aside.
local function take_limits(run, task, t)
  local it = limits_of(run, task)
  if not it then return true end
  local missing
  for _, limit in ipairs(it.limits) do if not missing and opens(limit, 0, t) then missing = limit[1] end end
  unlet(it)
  if missing then put_aside(missing, run, task, it.score) end
  for _, limit in ipairs(it.limits) do
    if not missing then
      redis.call('ZADD', key('limit', limit[1]), t, it.member)
      if limit[3] > 0 then note_start(limit[1], limit[3], limit[4], t) end
    end
    if missing or limit[3] > 0 then refill(limit[1], t) end
  end
  return not missing
end

-- A running attempt is over: what it held is free.
local function free_limits(run, task, t)
  local it = limits_of(run, task)
  if not it then return end
  for _, limit in ipairs(it.limits) do redis.call('ZREM', key('limit', limit[1]), it.member) end
  for _, limit in ipairs(it.limits) do refill(limit[1], t) end
end

-- A queued task will never run.
local function forget_limits(run, task)
  local it = limits_of(run, task)
  if not it then return end
  if it.held then come_back(it, it.held)
  else unlet(it) end
  for _, limit in ipairs(it.limits) do refill(limit[1], now()) end
end
