"""Which commune covers each point, by SedonaDB: called by reverse.rs with the areas (GeoJSON), the points (float64 pairs
of longitude and latitude) and how often to time it. Prints one JSON object: seconds of the fastest join, pairs, and how
many points have each commune as the one of lowest code."""

import json
import sys
import time

import geopandas
import numpy
import pandas
import sedona.db

areas_path, points_path, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
context = sedona.db.connect()

areas = geopandas.read_file(areas_path)[["code", "geometry"]]
areas["code"] = areas["code"].astype("int64")
xy = numpy.fromfile(points_path, dtype="<f8").reshape(-1, 2)
points = pandas.DataFrame({"number": numpy.arange(len(xy)), "x": xy[:, 0], "y": xy[:, 1]})

context.create_data_frame(areas).to_memtable().to_view("areas")
context.create_data_frame(points).to_view("raw")
# Points are geometries before the clock runs, as ours are.
context.sql("select number, st_setsrid(st_point(x, y), 4326) as geometry from raw").to_memtable().to_view("points")

JOIN = "from points join areas on st_intersects(areas.geometry, points.geometry)"
best, pairs = float("inf"), 0
for _ in range(runs):
    started = time.perf_counter()
    pairs = int(context.sql(f"select count(*) as n {JOIN}").to_pandas()["n"][0])
    best = min(best, time.perf_counter() - started)

# The tie rule of the index: the lowest code.
lowest = f"select points.number, min(areas.code) as code {JOIN} group by points.number"
counts = context.sql(f"select code, count(*) as n from ({lowest}) group by code").to_pandas()
print(json.dumps({
    "seconds": best,
    "pairs": pairs,
    "counts": {str(code): int(n) for code, n in zip(counts["code"], counts["n"])},
}))
