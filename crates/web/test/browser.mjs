// The page of the real binary in a real browser. Run: DIACHISO_BIN=… npm run test:browser

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { openPage, startBrowser, startDemo } from "./demo.mjs";

let demo;
let browser;
let page;
let complaints;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

beforeEach(async () => {
  complaints = [];
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
  page = await context.newPage();
  page.on("console", (m) => m.type() === "error" && complaints.push(`console: ${m.text()} ${m.location().url}`));
  page.on("pageerror", (e) => complaints.push(`script: ${e.message}`));
  page.on("requestfailed", (r) => {
    // A tile or an icon that is no longer wanted is given up; nothing else may fail.
    const given = r.failure()?.errorText === "net::ERR_ABORTED" && /^\/(?:tiles\/|assets\/icon-)/.test(new URL(r.url()).pathname);
    if (!given) complaints.push(`failed: ${r.url()} ${r.failure()?.errorText}`);
  });
  page.on("request", (r) => {
    const { protocol, origin } = new URL(r.url());
    if (!["data:", "blob:"].includes(protocol) && origin !== demo.origin) complaints.push(`left the host: ${r.url()}`);
    if (r.url().includes(demo.token)) complaints.push(`token in an address: ${r.url()}`);
  });
  await page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener("securitypolicyviolation", (e) => {
      globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI}`);
    });
  });
});

afterEach(async () => {
  const violations = await page.evaluate(() => globalThis.violations);
  await page.context().close();
  assert.deepEqual(violations, [], "violations of the content security policy");
  assert.deepEqual(complaints, []);
});

const text = (selector) => page.locator(selector).innerText();
const plain = (s) => s.replaceAll("\u00a0", " ");

/** Waits until a question asked of the page is answered as expected. */
async function eventually(ask, expected, what) {
  let answer;
  for (let i = 0; i < 100; i += 1) {
    answer = await ask();
    if (expected(answer)) return answer;
    await page.waitForTimeout(100);
  }
  return assert.fail(`${what}: ${JSON.stringify(answer)}`);
}

/** How many pixels of a picture have each of these colours, nearly. */
function countColours(png, colours) {
  return page.evaluate(async ([data, wanted]) => {
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
      const at = wanted.findIndex((c) => c.every((v, k) => Math.abs(v - pixels[i + k]) <= 12));
      if (at >= 0) counts[at] += 1;
    }
    return counts;
  }, [png.toString("base64"), colours]);
}

/** Colours of the legend as red, green, blue, over the white of the paper at the map's opacity. */
async function legendColours() {
  const opacity = 0.92;
  const said = await page.locator("#legend .scale .swatch").evaluateAll((all) => all.map((s) => getComputedStyle(s).backgroundColor));
  const sea = [230, 237, 242];
  return said.map((c) => c.match(/\d+/g).slice(0, 3).map((v, k) => Math.round(Number(v) * opacity + sea[k] * (1 - opacity))));
}

test("the table tells the communes and the total with its denominator", async () => {
  await openPage(page, `${demo.origin}/`);
  assert.equal(await page.locator("#table tbody tr").count(), 11);
  const answer = await (await fetch(`${demo.origin}/api/v1/coverage?level=commune`)).json();
  const cells = (await page.locator("#table tfoot tr > *").allInnerTexts()).map(plain);
  assert.equal(cells[1], "24.124");
  const dotted = String(answer.total.households).replace(/\B(?=(\d{3})+$)/g, ".");
  assert.equal(cells[2], dotted);
  assert.equal(cells[3].trim(), `${answer.total.percent.toFixed(2).replace(".", ",")} %`);
  assert.match(cells[4], /^665\/670$/);
  assert.match(plain(await text("#headline")), new RegExp(`^24\\.124 / ${dotted.replace(".", "\\.")} hộ = \\d+,\\d\\d %$`));
  assert.match(await text("#subtitle"), /Mẫu số: .*chốt ngày \d\d\/\d\d\/\d{4}/);
});

test("the map shows the communes in the colours of the legend and says what its boundaries are", async () => {
  await openPage(page, `${demo.origin}/`);
  const colours = await legendColours();
  const counts = await countColours(await page.locator("#map").screenshot(), colours);
  const whole = counts.reduce((a, b) => a + b, 0);
  assert.ok(whole > 20_000, `coloured pixels by class: ${counts}`);
  assert.ok(await page.locator(".label:not(.away)").count() >= 5, "labels");
  assert.match(await text("#notes"), /Ranh giới giản lược/);
  assert.match(await text("#legend"), /chưa có dữ liệu/);
});

test("a sorted column puts the largest or the smallest first", async () => {
  await openPage(page, `${demo.origin}/`);
  const numbers = async () => (await page.locator("#table tbody tr td:nth-child(3)").allInnerTexts()).map((s) => Number(s.replaceAll(".", "")));
  await page.click('[data-sort="households"]');
  const falling = await numbers();
  assert.deepEqual(falling, [...falling].sort((a, b) => b - a));
  await page.click('[data-sort="households"]');
  assert.deepEqual(await numbers(), [...falling].reverse());
});

test("the language switch changes words and numbers and is kept", async () => {
  await openPage(page, `${demo.origin}/`);
  assert.equal(await text("h1"), "Độ phủ địa chỉ số");
  await page.click('[data-lang="en"]');
  await eventually(() => text("#headline"), (s) => s.startsWith("24,124 of "), "English headline");
  assert.equal(await text("h1"), "Digital address coverage");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  await openPage(page, `${demo.origin}/?again`);
  assert.equal(await text("h1"), "Digital address coverage");
});

test("a click on a row opens the panel, and its villages follow", async () => {
  await openPage(page, `${demo.origin}/`);
  const row = page.locator("#table tbody tr").first();
  const name = await row.locator("th").innerText();
  await row.click();
  await page.locator("#panel-name").waitFor();
  assert.equal(await text("#panel-name"), name);
  const panel = plain(await text("#panel"));
  assert.match(panel, /\d,\d\d %/);
  assert.match(panel, /Đã có địa chỉ số/);
  assert.match(panel, /chốt ngày/);
  assert.match(page.url(), /area=\d+/);
  await page.click("#panel .primary");
  await eventually(() => page.locator("#table tbody tr").count(), (n) => n >= 2 && n !== 11, "villages of the commune");
  assert.match(await text("#notes"), /suy ra từ điểm/);
  await page.keyboard.press("Escape");
  await page.locator("#panel").waitFor({ state: "hidden" });
});

test("the keyboard opens a unit and comes back to its row", async () => {
  await openPage(page, `${demo.origin}/`);
  const button = page.locator("#table tbody tr button").nth(2);
  await button.focus();
  const name = await button.innerText();
  await page.keyboard.press("Enter");
  await page.locator("#panel-name").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "panel");
  await page.keyboard.press("Escape");
  await page.locator("#panel").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), name);
});

test("a click on the map opens the unit under it", async () => {
  await openPage(page, `${demo.origin}/`);
  const label = page.locator(".label:not(.away)").first();
  const box = await label.boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height + 6);
  await page.locator("#panel-name").waitFor();
  await page.locator("#table tr.selected").waitFor();
  assert.equal(await text("#table tr.selected th"), await text("#panel-name"));
});

test("a deep link opens what it names", async () => {
  const { rows } = await (await fetch(`${demo.origin}/api/v1/coverage?level=village`)).json();
  const village = rows[0];
  await openPage(page, `${demo.origin}/#level=village&in=${village.parent}&area=${village.code}&lang=en`);
  assert.equal(await text("#panel-name"), village.name);
  assert.equal(await page.locator("#table tbody tr").count(), rows.filter((r) => r.parent === village.parent).length);
  const counts = await countColours(await page.locator("#map").screenshot(), await legendColours());
  assert.ok(counts.some((n) => n > 5_000), `coloured pixels by class: ${counts}`);
});

test("the density layer is drawn with its legend", async () => {
  await openPage(page, `${demo.origin}/`);
  const before = await page.locator("#map").screenshot();
  await page.check("#density");
  await page.waitForTimeout(300);
  await page.locator("#map[data-idle]").waitFor();
  await eventually(async () => (await page.locator("#map").screenshot()).equals(before), (same) => !same, "density on the map");
  assert.match(await text("#legend"), /mỗi ô/);
});

test("a gap list without a good token is an error in words", async () => {
  await openPage(page, `${demo.origin}/`);
  await page.locator("#table tbody tr").first().click();
  await page.click('[data-format="xlsx"]');
  await eventually(() => text("#download-said"), (s) => s.includes("Hãy nhập mã truy cập"), "no token");
  await page.fill("#token", "nobody-knows-this");
  await page.click('[data-format="csv"]');
  await eventually(() => text("#download-said"), (s) => s.includes("401"), "a wrong token");
  assert.equal(await page.locator("#download-said").getAttribute("role"), "alert");
  // The browser itself writes refused requests into its console: here, and only here, one is expected.
  const refused = complaints.filter((c) => c.includes("401"));
  assert.equal(refused.length, 1);
  complaints = complaints.filter((c) => !c.includes("401"));
});

test("gap lists download with the token", async () => {
  await openPage(page, `${demo.origin}/`);
  await page.locator("#table tbody tr").first().click();
  await page.fill("#token", demo.token);
  for (const [format, head] of [["xlsx", "PK\u0003\u0004"], ["csv", "\ufeff"], ["geojson", '{"type":"FeatureCollection"']]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(`[data-format="${format}"]`)]);
    assert.match(download.suggestedFilename(), new RegExp(`\\.${format}$`));
    const bytes = await readFile(await download.path());
    assert.ok(bytes.length > 500, `${format}: ${bytes.length} bytes`);
    assert.ok(bytes.subarray(0, 64).toString("utf8").startsWith(head), `${format} begins ${bytes.subarray(0, 8).toString("hex")}`);
    await eventually(() => text("#download-said"), (s) => s.startsWith("Đã tải"), format);
  }
  const kept = await page.evaluate(() => [localStorage.length, JSON.stringify(localStorage), sessionStorage.length]);
  assert.ok(!kept[1].includes(demo.token), "the token outlives the tab");
  assert.equal(kept[2], 1);
});

test("on a telephone nothing is wider than the screen", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openPage(page, `${demo.origin}/`);
  await page.locator("#table tbody tr").first().click();
  await page.locator("#panel-name").waitFor();
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= screen, `${content} px of content on ${screen} px`);
});
