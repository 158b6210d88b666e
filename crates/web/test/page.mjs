// What every test of the pages has: a browser, a page whose complaints fail the test, and a few questions to ask of it.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";

import { startBrowser } from "./demo.mjs";

/** Where the demo is, its token, and the folder of its files. */
export const demo = {
  origin: process.env.DIACHISO_PAGE, token: process.env.DIACHISO_TOKEN, files: process.env.DIACHISO_FILES,
  dir: process.env.DIACHISO_DIR,
};

/** The page of the test under way, and what it complained of. */
export const at = { browser: null, page: null, complaints: [] };

/** Opens a context and a page in it that is watched: errors, requests that leave the host, tokens in addresses. */
export async function watched(options = {}) {
  const context = await at.browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true, ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complain = (what) => at.complaints.push(what);
  page.on("console", (m) => m.type() === "error" && complain(`console: ${m.text()} ${m.location().url}`));
  page.on("pageerror", (e) => complain(`script: ${e.message}`));
  page.on("requestfailed", (r) => {
    // A tile, an icon or a suggestion that is no longer wanted is given up; nothing else may fail.
    const given = r.failure()?.errorText === "net::ERR_ABORTED"
      && /^\/(?:tiles\/|assets\/icon-|api\/v1\/(?:suggest|coverage|batches\/\d+\/events))/.test(new URL(r.url()).pathname);
    if (!given) complain(`failed: ${r.url()} ${r.failure()?.errorText}`);
  });
  page.on("request", (r) => {
    const { protocol, origin } = new URL(r.url());
    if (!["data:", "blob:"].includes(protocol) && origin !== demo.origin) complain(`left the host: ${r.url()}`);
    if (r.url().includes(demo.token)) complain(`token in an address: ${r.url()}`);
  });
  await page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener("securitypolicyviolation", (e) => {
      globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI}`);
    });
  });
  return page;
}

/** Sets a file of tests up. */
export function watchPages() {
  before(async () => {
    assert.ok(demo.origin, "run by test/run.mjs");
    at.browser = await startBrowser();
  });
  after(() => at.browser?.close());
  beforeEach(async () => {
    at.complaints = [];
    at.page = await watched();
  });
  afterEach(async () => {
    const violations = await at.page.evaluate(() => globalThis.violations ?? []);
    await at.page.context().close();
    assert.deepEqual(violations, [], "violations of the content security policy");
    assert.deepEqual(at.complaints, []);
  });
}

/** The text of the first element that fits. */
export const text = (selector) => at.page.locator(selector).first().innerText();

/** A text without spaces that do not break. */
export const plain = (s) => s.replaceAll("\u00a0", " ");

/** Waits until a question asked of the page is answered as expected. */
export async function eventually(ask, expected, what, seconds = 10) {
  let answer;
  for (let i = 0; i < seconds * 10; i += 1) {
    answer = await ask();
    if (expected(answer)) return answer;
    await at.page.waitForTimeout(100);
  }
  return assert.fail(`${what}: ${JSON.stringify(answer)}`);
}

/** Takes one refusal of the server, or `any` number, by its status, from the complaints: the browser itself writes it into its
 * console. */
export function expectRefused(status, { any = false } = {}) {
  const refused = at.complaints.filter((c) => c.includes(String(status)));
  if (!any) assert.equal(refused.length, 1, JSON.stringify(at.complaints));
  at.complaints = at.complaints.filter((c) => !c.includes(String(status)));
}

/** How many pixels of a picture have each of these colours, nearly. */
export function countColours(png, colours) {
  return at.page.evaluate(async ([data, wanted]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, image.width, image.height).data;
    const counts = wanted.map(() => 0);
    for (let i = 0; i < pixels.length; i += 4) {
      const found = wanted.findIndex((c) => c.every((v, k) => Math.abs(v - pixels[i + k]) <= 12));
      if (found >= 0) counts[found] += 1;
    }
    return counts;
  }, [png.toString("base64"), colours]);
}

/** Colours of the legend as red, green, blue, as the map draws them. */
export async function legendColours() {
  const opacity = 0.95;
  const said = await at.page.locator("#legend .scale .swatch").evaluateAll((all) => all.map((s) => getComputedStyle(s).backgroundColor));
  const below = [230, 237, 242];
  return said.map((c) => c.match(/\d+/g).slice(0, 3).map((v, k) => Math.round(Number(v) * opacity + below[k] * (1 - opacity))));
}
