local P = KEYS[1]
local function key(...) return P .. table.concat({...}, ':') end
