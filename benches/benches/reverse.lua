-- Points all over the province's box, on the day of each period in turn: for wrk, see ../README.md.
local days = { "2015-01-01", "2019-12-01", "2021-08-01", "2024-12-31", "2026-01-01" }
local number = 0

function init(_)
  math.randomseed(107)
end

function request()
  number = number + 1
  local lat, lon = 15.99 + 0.76 * math.random(), 107.03 + 1.18 * math.random()
  local path = "/api/v1/reverse?lat=%.6f&lon=%.6f&on=%s"
  return wrk.format("GET", path:format(lat, lon, days[number % #days + 1]))
end
