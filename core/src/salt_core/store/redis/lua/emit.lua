-- An event: kept for runs that will ask for it soon, and told to those that wait. The same id is told once.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..3]  event, id, payload (JSON)
-- ARGV[4..5]  how long its id is known (ms), how many events of a name are kept
--
-- Returns {1 if the id was new, how many waits it has ended by now}.
-- @include keys
-- @include now
-- @include changes
-- @include waiting
local event, stream, t = ARGV[1], key('events', ARGV[1]), now()
if not redis.call('SET', key('emitted', event, ARGV[2]), '1', 'NX', 'PX', ARGV[4]) then return {0, 0} end
-- The entry's id is the moment by this clock, and above the one before it: a clock may step back.
local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
local ms, count = t, 0
if last then
  local last_ms, last_count = string.match(last[1], '^(%d+)-(%d+)$')
  if tonumber(last_ms) >= t then ms, count = tonumber(last_ms), tonumber(last_count) + 1 end
end
local entry = redis.call('XADD', stream, 'MAXLEN', '~', ARGV[5], string.format('%.0f-%d', ms, count), 'p', ARGV[3])
redis.call('PEXPIRE', stream, ARGV[4])
changed('event', event, 'emitted')
local serial = redis.call('INCR', key('order'))
redis.call('ZADD', key('emitting'), serial, event .. ' ' .. entry)
-- Behind one that has still to be told: `recover` goes on with both.
local woken = redis.call('ZCARD', key('emitting')) > 1 and 0 or deliver(event, entry, serial, ARGV[3], t)
redis.call('XADD', key('told'), 'MAXLEN', '~', 1000, '*', 'event', event, 'id', ARGV[2], 'entry', entry,
  'at', string.format('%.0f', t), 'woken', woken, 'begins', string.sub(ARGV[3], 1, 200), 'size', #ARGV[3])
return {1, woken}
