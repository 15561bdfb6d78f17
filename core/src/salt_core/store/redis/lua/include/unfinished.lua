-- Whether there is something that one script could not do to its end: `recover` goes on with it.
local function unfinished()
  return redis.call('EXISTS', key('sweeps'), key('doomed'), key('releasing'), key('emitting')) > 0
end
