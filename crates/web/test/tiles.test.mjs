// The tiles of a demo, decoded by a second implementation.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { VectorTile, classifyRings } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

const LAYERS = ["communes", "villages", "density", "gaps"];
const ZOOMS = { first: 6, last: 14 };
/** Longest tile, packed or not. */
const MAX_BYTES = 500_000;
const EXTENT = 4096;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

let demo;

// A server of its own over the store of the demo: one that lets a single caller ask for thousands of tiles.
before(async () => {
  const store = (await readdir(dirname(process.env.DIACHISO_FILES))).find((name) => /^(?!.*service).*\.gpkg$/.test(name));
  const origin = `http://127.0.0.1:${18_090 + (process.pid % 1000)}`;
  const args = ["serve", "--store", join(dirname(process.env.DIACHISO_FILES), store), "--listen", origin.slice("http://".length)];
  const server = spawn(process.env.DIACHISO_BIN, [...args, "--rate-per-second", "1000000", "--rate-burst", "1000000"], { stdio: "ignore" });
  demo = { origin, token: process.env.DIACHISO_TOKEN, server };
  for (let tries = 0; tries < 300; tries += 1) {
    if (await fetch(`${origin}/readyz`).then((r) => r.ok, () => false)) return;
    await pause(100);
  }
  throw new Error(`nobody answers ${origin}`);
});

after(() => demo?.server.kill("SIGTERM"));

/** Whether a tile meets a box. */
function meets([west, south, east, north], { z, x, y }) {
  const side = 2 ** z;
  const lon = (column) => (column / side) * 360 - 180;
  const lat = (row) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / side))) * 180) / Math.PI;
  return lon(x) <= east && lon(x + 1) >= west && lat(y + 1) <= north && lat(y) >= south;
}

async function get(path, headers = {}) {
  const answer = await fetch(`${demo.origin}${path}`, { headers });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer;
}

/** Calls back with every tile of a box that is not empty, from the world down to the last zoom. */
async function eachTile(layer, bounds, visit) {
  let tiles = [{ z: 0, x: 0, y: 0 }];
  while (tiles.length > 0) {
    const below = [];
    for (const tile of tiles) {
      const { z, x, y } = tile;
      const answer = await get(`/tiles/${layer}/${z}/${x}/${y}`, { "accept-encoding": "identity" });
      if (answer.status === 204) continue;
      const bytes = new Uint8Array(await answer.arrayBuffer());
      visit(bytes, new VectorTile(new PbfReader(bytes)).layers[layer], tile);
      if (z === ZOOMS.last) continue;
      // What is in a tile is in the one above it.
      for (const [i, k] of [[0, 0], [0, 1], [1, 0], [1, 1]]) below.push({ z: z + 1, x: 2 * x + i, y: 2 * y + k });
    }
    tiles = below.filter((tile) => meets(bounds, tile));
  }
}

/** West, south, east and north of features of the API. */
function boxOf(features) {
  const box = [180, 90, -180, -90];
  for (const [lon, lat] of features.flatMap((f) => f.geometry.coordinates.flat(2))) {
    box.splice(0, 4, Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat));
  }
  return box;
}

function* features(layer) {
  for (let i = 0; i < layer.length; i += 1) yield layer.feature(i);
}

/** Twice the area, positive clockwise on the screen. */
function area2(ring) {
  let sum = 0;
  for (let i = 1; i < ring.length; i += 1) sum += ring[i - 1].x * ring[i].y - ring[i].x * ring[i - 1].y;
  return sum;
}

/** Whether two lines cross within both, or lie on one another. */
function cross(a, b, c, d) {
  const side = (p, q, r) => Math.sign((q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** Asserts that rings are closed, wound as the format says and cross nothing of their own feature. */
function assertValid(feature, where) {
  const rings = feature.loadGeometry();
  for (const [at, ring] of rings.entries()) {
    assert.ok(ring.length >= 4, `${where}: a ring of ${ring.length} points`);
    assert.deepEqual(ring[0], ring.at(-1), `${where}: an open ring`);
    assert.notEqual(area2(ring), 0, `${where}: a ring without area`);
    if (at === 0) assert.ok(area2(ring) > 0, `${where}: a hole before any exterior`);
    const seen = new Set(ring.slice(1).map((p) => `${p.x} ${p.y}`));
    assert.equal(seen.size, ring.length - 1, `${where}: a ring comes through a point twice`);
  }
  assert.equal(classifyRings(rings).flat().length, rings.length, `${where}: a hole in nothing`);
  const lines = rings.flatMap((ring) => ring.slice(1).map((p, i) => [ring[i], p]));
  // From left to right, so that only lines that share a column are compared.
  lines.sort((p, q) => Math.min(p[0].x, p[1].x) - Math.min(q[0].x, q[1].x));
  for (const [i, [a, b]] of lines.entries()) {
    const right = Math.max(a.x, b.x);
    for (let k = i + 1; k < lines.length && Math.min(lines[k][0].x, lines[k][1].x) <= right; k += 1) {
      assert.ok(!cross(a, b, ...lines[k]), `${where}: a ring crosses itself`);
    }
  }
}

for (const layer of ["communes", "villages"]) {
  test(`${layer} are valid, share their borders and tell the numbers of the coverage API at every zoom`, async () => {
    const level = layer === "communes" ? "commune" : "village";
    const coverage = await (await get(`/api/v1/coverage?level=${level}`)).json();
    const drawn = (await (await get(`/ogc/collections/${layer}/items?limit=10000`)).json()).features;
    const shaped = new Set(drawn.map((f) => f.id));
    const rows = new Map(coverage.rows.filter((r) => shaped.has(r.code)).map((r) => [r.code, r]));
    assert.ok(rows.size > 5, `${rows.size} units`);
    const seen = new Map();
    let lines = 0;
    const box = boxOf(drawn.filter((f) => rows.has(f.id)));
    await eachTile(layer, box, (bytes, content, { z, x, y }) => {
      if (z >= ZOOMS.first) {
        const where = `${layer} ${z}/${x}/${y}`;
        assert.ok(bytes.length <= MAX_BYTES, `${where}: ${bytes.length} bytes`);
        assert.equal(content.extent, EXTENT);
        const edges = new Map();
        for (const feature of features(content)) {
          const own = feature.properties;
          assertValid(feature, `${where} ${own.code}`);
          seen.set(`${z} ${own.code}`, own.covered);
          const row = rows.get(own.code);
          if (row) {
            for (const name of ["name", "parent", "households", "covered", "percent", "persons", "outside_list"]) {
              assert.equal(own[name] ?? null, row[name], `${where} ${own.code}: ${name}`);
            }
            assert.equal(own.missing, row.households - row.covered);
            assert.equal(own.pending, row.states.pending);
            assert.equal(own.source, coverage.source);
            assert.equal(own.closed_on, coverage.closed_on);
          }
          const rings = feature.loadGeometry();
          // What is too small to show is a square of one unit on top of its neighbours.
          if (rings.length === 1 && area2(rings[0]) === 2) continue;
          for (const ring of rings) {
            for (let i = 1; i < ring.length; i += 1) {
              const [a, b] = [ring[i - 1], ring[i]];
              const key = `${a.x} ${a.y} ${b.x} ${b.y}`;
              assert.ok(!edges.has(key), `${where}: ${own.code} and ${edges.get(key)} lie on one another`);
              edges.set(key, own.code);
            }
          }
        }
        // Both sides of a border have the same points: no corner lies on the edge of another unit.
        lines += edges.size;
        const points = new Set([...edges.keys()].map((key) => key.split(" ").slice(0, 2).join(" ")));
        for (const key of edges.keys()) {
          const [ax, ay, bx, by] = key.split(" ").map(Number);
          const steps = gcd(Math.abs(bx - ax), Math.abs(by - ay));
          for (let k = 1; k < steps; k += 1) {
            const on = `${ax + ((bx - ax) * k) / steps} ${ay + ((by - ay) * k) / steps}`;
            assert.ok(!points.has(on), `${where}: a corner at ${on} on the edge ${key} of ${edges.get(key)}`);
          }
        }
      }
    });
    assert.ok(lines > 1000, `${lines} edges`);
    for (let z = ZOOMS.first; z <= ZOOMS.last; z += 1) {
      for (const code of rows.keys()) assert.ok(seen.has(`${z} ${code}`), `${layer} at zoom ${z}: no ${code}`);
    }
  });
}

function gcd(a, b) {
  return b === 0 ? a : gcd(b, a % b);
}

for (const layer of ["density", "gaps"]) {
  test(`cells of ${layer} add up at every zoom to the total of the API less what is said to be suppressed`, async () => {
    const about = await (await get(`/tiles/${layer}.json`)).json();
    const { total } = await (await get("/api/v1/coverage?level=province")).json();
    const expected = layer === "density" ? total.covered : total.households - total.covered;
    assert.equal(about.households + about.suppressed, expected);
    const areas = new Map();
    await eachTile(layer, [107, 15.9, 108.3, 16.8], (bytes, content, { z, x, y }) => {
      assert.ok(bytes.length <= MAX_BYTES, `${layer} ${z}/${x}/${y}: ${bytes.length} bytes`);
      for (const feature of features(content)) {
        assertValid(feature, `${layer} ${z}/${x}/${y}`);
        assert.ok(feature.properties.households >= 5);
        areas.set(`${z} ${feature.id}`, feature.properties.households);
      }
    });
    for (let z = ZOOMS.first; z <= ZOOMS.last; z += 1) {
      const own = [...areas].filter(([key]) => key.startsWith(`${z} `));
      const sum = own.reduce((all, [, households]) => all + households, 0);
      assert.equal(sum, about.households, `${layer} at zoom ${z}`);
    }
  });
}

test("no tile tells of a person", async () => {
  const about = await (await get("/tiles/communes.json")).json();
  const headers = { authorization: `Bearer ${demo.token}` };
  const list = await (await get("/api/v1/areas/46/gaps?limit=1000", headers)).json();
  assert.ok(list.rows.length > 100);
  // Whole names, ids and addresses; what is shorter could be part of anything.
  const words = new Set(list.rows.flatMap((r) => [r.household, r.head, /\d/.test(r.address) ? r.address : null, r.submission]));
  const told = [...words].filter((word) => word?.length >= 8).map((word) => word.normalize("NFC"));
  const allowed = new Set(["code", "name", "parent", "households", "covered", "missing", "percent", "pending", "rejected",
    "outside_list", "persons", "poor_coverage", "period", "source", "closed_on", "as_of", "register_later", "schematic", "cells"]);
  let tiles = 0;
  const values = new Set();
  for (const layer of LAYERS) {
    await eachTile(layer, about.bounds, (bytes, content, { z }) => {
      tiles += 1;
      for (const key of content._keys) assert.ok(allowed.has(key), `${layer} tells ${key}`);
      const text = new TextDecoder().decode(bytes);
      assert.doesNotMatch(text, /0[35789]\d{8}(?!\d)/, `${layer} at zoom ${z}: a phone`);
      assert.doesNotMatch(text, /[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2}|(?<!\d)\d{10}(?!\d)/, `${layer} at zoom ${z}: an address code`);
      for (const value of content._values) if (typeof value === "string") values.add(value);
    });
  }
  for (const value of values) {
    for (const word of told) assert.ok(!value.includes(word), `a tile tells ${word}`);
  }
  assert.ok(tiles > 100, `${tiles} tiles`);
});
