-- A chat completion request for wrk; the values come from the environment (load.py).
local prompt = string.rep("x", tonumber(os.getenv("BENCH_PROMPT_BYTES")))
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["User-Agent"] = "OpenAI/Python"
wrk.body = '{"model":"bench-model","stream":' .. os.getenv("BENCH_STREAM")
  .. ',"messages":[{"role":"user","content":"' .. prompt .. '"}]}'

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    'bench-result {"requests":%d,"duration_us":%d,"failed":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)
  ))
end
