-- Read a run's journal, with the values of what is done.
--
-- KEYS[1]     the namespace's prefix
-- ARGV[1..3]  run, index of the first entry, how many
--
-- Returns a list of {'c', seq, name} and {'d', seq, status, value or '', error JSON or ''}.
-- @include keys
local out = {}
for _, entry in ipairs(redis.call('LRANGE', key('journal', ARGV[1]), ARGV[2], ARGV[2] + ARGV[3] - 1)) do
  local what, seq, name = string.match(entry, '^(%a) (%d+) ?(.*)$')
  if what == 'c' then out[#out + 1] = {what, seq, name}
  else
    local h = redis.call('HMGET', key('task', ARGV[1], seq), 'status', 'value', 'error')
    out[#out + 1] = {what, seq, h[1], h[2] or '', h[3] or ''}
  end
end
return out
