-- wrk -s create.lua URL -- PREFIX TOKEN COUNT: sends through the API, to ten thousand phones.
-- COUNT 0 posts one message a request (messages/), more posts so many (messages/bulk/).
local threads = 0
function setup(thread) threads = threads + 1; thread:set("number", threads) end
function init(arguments)
  math.randomseed(os.time() + number * 7919)
  prefix, many = arguments[1] .. "-" .. number .. "-", tonumber(arguments[3])
  count = 0
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Token " .. arguments[2]
end
local function message()
  count = count + 1
  return '{"sender": "8615088888888", "phone": "+' .. string.format("%d", 34600000000 + math.random(10000))
    .. '", "content": "Hello, this is a text of an ordinary length, about sixty characters.", "client_id": "'
    .. prefix .. count .. '"}'
end
function request()
  if many == 0 then return wrk.format("POST", nil, nil, message()) end
  local messages = {}
  for turn = 1, many do messages[turn] = message() end
  return wrk.format("POST", nil, nil, '{"messages": [' .. table.concat(messages, ", ") .. ']}')
end
function done(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format('{"rate": %.2f, "requests": %d, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d}\n',
    summary.requests / (summary.duration / 1e6), summary.requests, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, wrong))
end
