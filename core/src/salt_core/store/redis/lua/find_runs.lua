-- Look at a stretch of runs, newest first, and tell those that are as asked. Changes nothing.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1]     workflow, or '' for all
-- ARGV[2..3]  newest moment of creation (ms, or '+inf'), how many of that very moment were looked at before
-- ARGV[4]     oldest moment of creation (ms, or '-inf')
-- ARGV[5]     how many to look at
-- ARGV[6]     '' when all of them match, or JSON: terms [field, negated, [[piece, ...], ...]],
--             finished and took [least or null, most or null] (ms)
--
-- Returns {how many were looked at, where to go on: newest moment, how many of it, then id, created, ...}.
-- @include keys
-- @include now
local FIELDS = {'workflow', 'status', 'trigger', 'version', 'error', 'started', 'finished'}
local index = ARGV[1] == '' and key('runs') or key('runs', ARGV[1])
local list = redis.call('ZREVRANGEBYSCORE', index, ARGV[2], ARGV[4], 'WITHSCORES', 'LIMIT', ARGV[3], ARGV[5])
local asked = ARGV[6] ~= '' and cjson.decode(ARGV[6])
local out = {#list / 2, ARGV[2], tonumber(ARGV[3])}

local function fits(text, pieces)
  local n, at = #pieces, #pieces[1] + 1
  if n == 1 then return text == pieces[1] end
  if string.sub(text, 1, at - 1) ~= pieces[1] then return false end
  for i = 2, n - 1 do
    local from, to = string.find(text, pieces[i], at, true)
    if not from then return false end
    at = to + 1
  end
  local last = #text - #pieces[n] + 1
  return last >= at and string.sub(text, last) == pieces[n]
end

local function any(texts, patterns)
  for _, text in ipairs(texts) do
    for _, pieces in ipairs(patterns) do
      if fits(string.lower(text), pieces) then return true end
    end
  end
  return false
end

local function holds(span, value)
  local least, most = span[1] ~= cjson.null and span[1], span[2] ~= cjson.null and span[2]
  if not value then return not least and not most end
  return (not least or value >= least) and (not most or value <= most)
end

local t = now()
local function matches(id)
  local h, run = redis.call('HMGET', key('run', id), unpack(FIELDS)), {id = {id}}
  if not h[1] then return false end
  local started, finished = tonumber(h[6] or ''), tonumber(h[7] or '')
  if not holds(asked.finished, finished) then return false end
  if not holds(asked.took, started and (finished or t) - started) then return false end
  local failure = h[5] and h[5] ~= '' and cjson.decode(h[5])
  for i = 1, 4 do run[FIELDS[i]] = {h[i]} end
  run.error = {failure and failure.type .. ': ' .. failure.message or ''}
  run.any = {id, h[1], h[2], h[3], run.error[1]}
  for _, term in ipairs(asked.terms) do
    if term[2] == any(run[term[1]], term[3]) then return false end
  end
  return true
end

for i = 1, #list, 2 do
  local id, created = list[i], list[i + 1]
  if created == out[2] then out[3] = out[3] + 1 else out[2], out[3] = created, 1 end
  if not asked or matches(id) then
    out[#out + 1] = id
    out[#out + 1] = created
  end
end
return out
