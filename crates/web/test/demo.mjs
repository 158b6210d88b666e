// A demo of the real binary and a browser to look at it with; shared by the test and the screenshot.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { chromium } from "playwright-core";

/** Longest wait for the demo to answer, in milliseconds: a debug build makes and reads a district. */
const START_MS = 180_000;

const BROWSER_ARGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** A port that is free now. */
function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Starts `diachiso demo`; answers with where it is, its token, and how to stop it. */
export async function startDemo() {
  const program = process.env.DIACHISO_BIN;
  if (!program) throw new Error("DIACHISO_BIN is not set; give it the path of the diachiso binary");
  const dir = await mkdtemp(join(tmpdir(), "diachiso-page-"));
  const origin = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(program, ["demo", "--dir", dir, "--listen", origin.slice("http://".length)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  let ended = null;
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => (ended ??= `it ended with ${code ?? signal}`));
  const stop = async () => {
    if (ended === null) {
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await Promise.race([gone, pause(5_000).then(() => child.kill("SIGKILL"))]);
    }
    await rm(dir, { recursive: true, force: true });
  };
  const until = Date.now() + START_MS;
  while (Date.now() < until && ended === null) {
    const ready = await fetch(`${origin}/readyz`).then((r) => r.ok, () => false);
    const token = /Mã truy cập \/ Token[^:]*:\s*(\S+)/.exec(said)?.[1];
    if (ready && token) return { origin, token, stop, dir, files: join(dir, "files") };
    await pause(100);
  }
  await stop();
  throw new Error(`${program} demo does not answer (${ended ?? `waited ${START_MS / 1000} s`}):\n${said}`);
}

/** Another token of a demo, as its administrator would give it. */
export async function addToken({ dir }, grant) {
  const args = ["token", "add", "--grant", grant, "--label", "trang", "--store", join(dir, "diachiso.gpkg")];
  const { stdout } = await promisify(execFile)(process.env.DIACHISO_BIN, args);
  return stdout.trim().split("\n").at(-1).trim();
}

/** Serves a store of its own with a thousand households, where a run over everything takes a second or two: for what a test
 * changes that every later run would have to read. Answers as [`startDemo`] does. */
export async function startSmall() {
  const run = (...args) => promisify(execFile)(process.env.DIACHISO_BIN, args);
  const dir = await mkdtemp(join(tmpdir(), "diachiso-small-"));
  const store = join(dir, "s.gpkg");
  await run("generate", "--households", "1000", "--district", "477", "--out", dir);
  const submissions = (await readdir(dir)).filter((name) => name.startsWith("phieu-")).map((name) => join(dir, name));
  await run("run", "--store", store, "--register", join(dir, "register.csv"), "--submissions", ...submissions, "--legal-basis", "QĐ 12");
  const { stdout } = await run("token", "add", "--grant", "officer:*", "--grant", "reviewer:*", "--label", "trang", "--store", store);
  const origin = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(process.env.DIACHISO_BIN, ["serve", "--store", store, "--listen", origin.slice("http://".length)], { stdio: "ignore" });
  const stop = async () => {
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await Promise.race([gone, pause(5_000).then(() => child.kill("SIGKILL"))]);
    await rm(dir, { recursive: true, force: true });
  };
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    if (await fetch(`${origin}/readyz`).then((r) => r.ok, () => false)) return { origin, token: stdout.trim().split("\n").at(-1).trim(), stop, dir, files: dir };
    await pause(100);
  }
  await stop();
  throw new Error(`nobody answers ${origin}`);
}

/** Starts the browser: `CHROMIUM`, or Debian's. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: BROWSER_ARGS });
}

/** Opens the page and waits until the map has been drawn. */
export async function openPage(page, address) {
  await page.goto(address);
  await page.locator("body.settled").waitFor({ timeout: 60_000 });
  await page.locator("#map[data-idle]").waitFor({ timeout: 60_000 });
}

/** Opens a part of the desk with a token, as somebody does who enters it. */
export async function openDesk(page, origin, token, part = "") {
  await page.goto(`${origin}/desk${part}`);
  await page.locator("body.settled").waitFor({ timeout: 60_000 });
  if (await page.locator("#enter").isHidden()) return;
  await page.fill("#token", token);
  await page.click('#enter [type="submit"]');
  await page.locator("#inside").waitFor({ timeout: 60_000 });
  await page.locator("#part h2").first().waitFor({ timeout: 60_000 });
}
