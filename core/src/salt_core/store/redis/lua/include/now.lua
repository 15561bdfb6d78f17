-- Unix ms by the server's clock: the only clock that decides.
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
