-- The requests of wrk, and its report as one line of JSON. The arguments are the kind of body and
-- the token of a forged link.
local kind, token
local number = 0

function init(arguments)
  kind, token = arguments[1], arguments[2]
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  -- The caller's continent. Cloudflare sets it in production; Miniflare reads it from this header.
  wrk.headers["MF-CF-Blob"] = '{"continent":"EU"}'
end

function request()
  if kind == "confirm" then
    return wrk.format(nil, nil, nil, '{"token":"' .. token .. '","password":"a long enough password"}')
  end
  number = number + 1
  return wrk.format(nil, nil, nil, '{"identifier":"load' .. number .. '@example.com"}')
end

function done(summary)
  local errors = summary.errors
  io.write(string.format('\n{"requests":%d,"micros":%d,"refused":%d,"broken":%d}\n', summary.requests, summary.duration,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
