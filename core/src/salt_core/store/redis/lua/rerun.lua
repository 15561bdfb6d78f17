-- Create a run that has a part of another one's past: what is done there is done here, the other calls begin anew.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..3]  the old run, how many of its calls, those that are done already (comma separated)
-- ARGV[4...]  the new run (see include/creating.lua)
--
-- Returns 1, or 0 when a run of this id exists.
-- @include keys
-- @include now
-- @include changes
-- @include calling
local old, upto, run, t = ARGV[1], tonumber(ARGV[2]), ARGV[4], now()
if create(arguments(4)) == 0 then return 0 end
local kept, journal, r = {}, key('journal', run), key('run', run)
for seq in string.gmatch(ARGV[3], '[^,]+') do kept[seq] = true end
redis.call('HSET', r, 'calls', upto)
for _, entry in ipairs(redis.call('LRANGE', key('journal', old), 0, -1)) do
  local what, task, rest = string.match(entry, '^(%a) (%d+) ?(.*)$')
  local last = what == 't' and string.match(rest, '^(%d+)') or task
  if tonumber(last) <= upto and (what ~= 'd' or kept[task]) then
    redis.call('RPUSH', journal, entry)
    local k = key('task', run, task)
    if what == 'c' then
      local from = key('task', old, task)
      local names = {'name', 'needs', 'policy', 'queue', 'priority', 'input', 'kind', 'at', 'more', 'created'}
      for i, value in ipairs(redis.call('HMGET', from, unpack(names))) do
        if value then redis.call('HSET', k, names[i], value) end
      end
      redis.call('HSET', k, 'attempt', 0, 'failures', 0, 'lost', 0)
      local h = redis.call('HMGET', k, 'kind', 'name', 'needs', 'more')
      if kept[task] and h[1] ~= 'loop' then
        local done = redis.call('HMGET', from, 'value', 'finished', 'checks')
        redis.call('HSET', k, 'status', 'succeeded', 'value', done[1] or 'null', 'finished', done[2] or t)
        if done[3] then redis.call('HSET', k, 'checks', done[3]) end
        redis.call('HINCRBY', r, 'done', 1)
      else begin_call(run, task, h[1] or 'task', h[2], h[3], h[4] and cjson.decode(h[4]) or {}, t) end
    elseif what == 't' then
      local seq, turn = string.match(rest, '^(%d+) (%d+)')
      redis.call('HSET', k, 'turn', turn, 'position', redis.call('LLEN', journal))
      -- The calls of its turns are forgotten, and count as done.
      redis.call('HINCRBY', r, 'done', tonumber(seq) - tonumber(task))
    end
  end
end
return 1
