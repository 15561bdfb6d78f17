-- Names of queues' parts, and the marker that wakes who waits for one.
local function mark(queue, kind)
  redis.call('ZADD', key('wake', queue, kind), 0, '1')
  redis.call('SADD', key('queues'), queue)
end
local function remark(queue, kind)
  if redis.call('EXISTS', key('ready', queue, kind)) == 1 then mark(queue, kind)
  else redis.call('DEL', key('wake', queue, kind)) end
end
local function kind_of(task) if task == '0' then return 'body' end return 'task' end
local function split(member)
  local at = string.find(member, '/', 1, true)
  return string.sub(member, 1, at - 1), string.sub(member, at + 1)
end
