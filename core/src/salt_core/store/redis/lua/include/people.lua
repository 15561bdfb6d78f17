-- What waits for a person, in any run: an index, and a word to those who look on.
local function ask_people(run, task, t)
  redis.call('ZADD', key('undecided'), t, run .. '/' .. task)
  changed('decision', run .. '/' .. task, 'open')
end
local function ask_no_more(run, task)
  if redis.call('ZREM', key('undecided'), run .. '/' .. task) == 1 then
    changed('decision', run .. '/' .. task, 'closed')
  end
end
