-- Forget the calls of a loop's turns in the journal: it stays as long as one turn. What they were stays in the tasks.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..3]  run, attempt, nonce of the body
-- ARGV[4..8]  the loop's call, the last call of the turn, turns that have ended, state (JSON), entries that the body
--             was given
-- ARGV[9]     how many tasks of the loop are kept
--
-- Returns the entries of the new journal that the body was given, or -1 when its lease is gone. The same turn again
-- changes nothing.
-- @include keys
-- @include now
-- @include changes
-- @include token
-- @include waiting
-- @include forgetting
local run, loop, seq = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5])
if judge(run, '0', ARGV[2], ARGV[3]) ~= 'ok' then return -1 end
local k, journal = key('task', run, ARGV[4]), key('journal', run)
local h = redis.call('HMGET', k, 'begins', 'turn', 'position')
if tonumber(h[2] or '0') >= tonumber(ARGV[6]) then return tonumber(h[3]) end
local begins, given = tonumber(h[1]), tonumber(ARGV[8])
local before, after, removed, t = {}, {}, 0, now()
-- A wait that is still open lost a race, and nobody asks for it any more.
local function give_up(task)
  local call = key('task', run, task)
  if redis.call('HGET', call, 'status') ~= 'waiting' then return end
  stop_waiting(run, task)
  redis.call('HSET', call, 'status', 'cancelled', 'finished', t)
  redis.call('HINCRBY', key('run', run), 'done', 1)
  changed('task', run .. '/' .. task, 'cancelled')
end
for i, entry in ipairs(redis.call('LRANGE', journal, begins, -1)) do
  local what, task = string.match(entry, '^(%a) (%d+)')
  local number = tonumber(task)
  -- A turn's entry names its loop: the loop's own last one, and those of loops inside the turn, go too.
  local gone = number > loop and number <= seq or (what == 't' and number >= loop)
  if gone then
    removed = removed + 1
    if what == 'c' then give_up(task) end
  else
    local kept = begins + i <= given and before or after
    kept[#kept + 1] = entry
  end
end
redis.call('LTRIM', journal, 0, begins - 1)
before[#before + 1] = 't ' .. loop .. ' ' .. seq .. ' ' .. ARGV[6] .. ' ' .. ARGV[7]
for i = 1, #before, 1000 do redis.call('RPUSH', journal, unpack(before, i, math.min(i + 999, #before))) end
for i = 1, #after, 1000 do redis.call('RPUSH', journal, unpack(after, i, math.min(i + 999, #after))) end
local position = begins + #before
redis.call('HSET', k, 'turn', ARGV[6], 'position', position)
-- As many as this turn had, and some that a loop of longer turns may have left.
forget_calls(run, loop, seq - tonumber(ARGV[9]), removed + 500)
changed('task', run .. '/' .. ARGV[4], 'turned')
return position
