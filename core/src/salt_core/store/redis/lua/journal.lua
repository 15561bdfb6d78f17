-- Read a run's journal, with the values of what is done.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..3]  run, index of the first entry, how many
--
-- Returns a list of {'c', seq, name, kind or '', source line or ''},
-- {'d', seq, status, value or '', error JSON or '', when (ms)} and {'t', loop, seq, turn, value}.
-- @include keys
local out = {}
for _, entry in ipairs(redis.call('LRANGE', key('journal', ARGV[1]), ARGV[2], ARGV[2] + ARGV[3] - 1)) do
  local what, seq, rest = string.match(entry, '^(%a) (%d+) ?(.*)$')
  if what == 'c' then
    local name, kind, at = string.match(rest, '^([^\t]*)\t?([^\t]*)\t?(.*)$')
    out[#out + 1] = {what, seq, name, kind, at}
  elseif what == 't' then
    local upto, turn, value = string.match(rest, '^(%d+) (%d+) (.*)$')
    out[#out + 1] = {what, seq, upto, turn, value}
  else
    local h = redis.call('HMGET', key('task', ARGV[1], seq), 'status', 'value', 'error', 'finished')
    out[#out + 1] = {what, seq, h[1], h[2] or '', h[3] or '', h[4]}
  end
end
return out
