// Runs the tests of the pages: one demo of the real binary, first what only reads it, in parallel, then what changes it.
// DIACHISO_BIN=… npm run test:browser [words of file names]

import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { startDemo } from "./demo.mjs";

/** Longest that one file of tests may take, in milliseconds: half a minute to a minute and a half on a machine that does nothing
 * else, and four times that on one that compiles meanwhile. */
const LONGEST_MS = 360_000;

const here = fileURLToPath(new URL(".", import.meta.url));
const wanted = process.argv.slice(2);
const files = (await readdir(here)).sort().filter((f) => wanted.length === 0 || wanted.some((w) => f.includes(w)));

function run(names, env) {
  if (names.length === 0) return 0;
  const child = spawn(process.execPath, ["--test", "--test-concurrency=2", `--test-timeout=${LONGEST_MS}`, ...names.map((n) => here + n)], {
    stdio: "inherit", env: { ...process.env, ...env },
  });
  return new Promise((done) => child.once("exit", (code) => done(code ?? 1)));
}

const demo = await startDemo();
const env = { DIACHISO_PAGE: demo.origin, DIACHISO_TOKEN: demo.token, DIACHISO_FILES: demo.files, DIACHISO_DIR: demo.dir };
let failed = 0;
try {
  failed += await run(files.filter((f) => f.endsWith(".test.mjs")), env);
  failed += await run(files.filter((f) => f.endsWith(".changes.mjs")), env);
} finally {
  await demo.stop();
}
process.exit(failed === 0 ? 0 : 1);
