-- Earlier values of a task and what its checks recorded of them, for the checks of later ones: valid ones, for what was
-- wrong yesterday is no measure for today. Texts are joined, for cjson would round the numbers.
local function note_history(workflow, name, run, t, numbers_json, value, verdict)
  if verdict ~= 'valid' then return end
  local k = key('history', workflow, name)
  redis.call('RPUSH', k, '{"run":' .. cjson.encode(run) .. ',"at":' .. string.format('%d', t) ..
    ',"numbers":' .. numbers_json .. ',"value":' .. cjson.encode(value) .. '}')
  redis.call('LTRIM', k, -100, -1)
end
