-- What `load.rs` has wrk ask: LOAD_PATH again and again, or, with LOAD_WRITE, single submissions, each another one, from
-- clients that wait 85 to 285 ms between two: a hundred of them make 500 a second.
local path, token = os.getenv("LOAD_PATH"), os.getenv("LOAD_TOKEN")
local writes = os.getenv("LOAD_WRITE")
local headers = { ["Accept-Encoding"] = "gzip" }
if token and token ~= "" then headers["Authorization"] = "Bearer " .. token end
local number = 0

if writes then
  function delay()
    return math.random(85, 285)
  end
end

function request()
  if not writes then
    return wrk.format("GET", path, headers)
  end
  number = number + 1
  local body = [[{"head": "Nguyễn Văn Lẻ", "form": "LE-%s-%d", "house_number": "%d", "street": "Lê Lợi",
    "commune": "Thị trấn Sịa", "phone": "0905%06d", "latitude": "16.57%02d", "longitude": "107.50%02d",
    "collected_on": "12/03/2024", "legal_basis": "QĐ 12"}]]
  local at = number % 100
  return wrk.format("POST", path, headers, body:format(writes, number, number % 500, number, at, at))
end

function done(summary, latency, _)
  local errors = summary.errors
  print(("{\"requests\": %d, \"seconds\": %.3f, \"p50_ms\": %.3f, \"p95_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"refused\": %d, \"lost\": %d}")
    :format(summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
      latency:percentile(99) / 1e3, latency.max / 1e3, errors.status,
      errors.connect + errors.read + errors.write + errors.timeout))
end
