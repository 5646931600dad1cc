-- wrk -s get.lua URL -- COOKIE: fetches the same page again and again, as a signed-in person.
function init(arguments)
  if arguments[1] then wrk.headers["Cookie"] = arguments[1] end
end
function done(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format('{"rate": %.2f, "requests": %d, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d}\n',
    summary.requests / (summary.duration / 1e6), summary.requests, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, wrong))
end
