local function changed(kind, name, status)
  redis.call('XADD', key('changes'), 'MAXLEN', '~', 10000, '*', 'kind', kind, 'key', name, 'status', status)
end
