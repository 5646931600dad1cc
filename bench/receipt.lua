-- wrk -s receipt.lua URL -- FIRST: posts the delivery receipts of the messages from that number on, each once.
function init(arguments)
  count = tonumber(arguments[1])
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end
function request()
  local turn = count % 1000
  local body = "messageId=sent-" .. count .. "&type=1&toPhone=%2B" .. string.format("3470000%04d", turn)
    .. "&fromPhone=%2B8615088888888&content=Hello%2C+this+is+a+text+of+an+ordinary+length%2C+about+sixty+characters."
    .. "&size=1&price=0.0360&receiveTime=2026-11-22+17%3A00%3A00&smsStatus=DELIVRD"
  count = count + 1
  return wrk.format("POST", nil, nil, body)
end
function done(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format('{"rate": %.2f, "requests": %d, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d}\n',
    summary.requests / (summary.duration / 1e6), summary.requests, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, wrong))
end
