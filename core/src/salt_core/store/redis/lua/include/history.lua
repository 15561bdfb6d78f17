-- Earlier values of a task and what its checks recorded of them, for the checks of later ones. `value` is JSON text, or
-- nil where it was not valid. Texts are joined, for cjson would round the numbers.
local function note_history(workflow, name, run, t, numbers_json, value)
  local k = key('history', workflow, name)
  redis.call('RPUSH', k, '{"run":' .. cjson.encode(run) .. ',"at":' .. string.format('%d', t) ..
    ',"numbers":' .. numbers_json .. ',"value":' .. (value and cjson.encode(value) or 'null') .. '}')
  redis.call('LTRIM', k, -100, -1)
end
