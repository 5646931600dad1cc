-- wrk -s push.lua URL -- PREFIX: posts a new inbound push each time, from ten thousand phones.
local threads = 0
function setup(thread) threads = threads + 1; thread:set("number", threads) end
function init(arguments)
  math.randomseed(os.time() + number * 7919)
  prefix = (arguments[1] or "bench") .. "-" .. number .. "-"
  count = 0
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end
function request()
  count = count + 1
  local phone = 34600000000 + math.random(10000)
  return wrk.format("POST", nil, nil, "messageId=" .. prefix .. count .. "&type=0&toPhone=%2B8615088888888&fromPhone=%2B"
    .. string.format("%d", phone) .. "&content=Hello%2C+this+is+a+text+of+an+ordinary+length%2C+about+sixty+characters."
    .. "&size=1&price=0.0360&receiveTime=2026-11-22+17%3A00%3A00&smsStatus=DELIVRD")
end
function done(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format('{"rate": %.2f, "requests": %d, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d}\n',
    summary.requests / (summary.duration / 1e6), summary.requests, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, wrong))
end
