// The map page of the real binary in a real browser.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { openPage } from "./demo.mjs";
import { at, countColours, demo, eventually, expectRefused, legendColours, plain, text, watchPages } from "./page.mjs";

watchPages();

const missingOf = (row) => row.households - row.covered;
const ask = async (path) => (await fetch(`${demo.origin}${path}`)).json();

test("the table tells the communes and the total with its denominator", async () => {
  await openPage(at.page, `${demo.origin}/`);
  assert.equal(await at.page.locator("#table tbody tr").count(), 11);
  const answer = await (await fetch(`${demo.origin}/api/v1/coverage?level=commune`)).json();
  const cells = (await at.page.locator("#table tfoot tr > *").allInnerTexts()).map(plain);
  assert.equal(cells[1], "24.124");
  const dotted = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ".");
  const households = dotted(answer.total.households);
  assert.equal(cells[2], households);
  assert.equal(cells[4].trim(), `${answer.total.percent.toFixed(2).replace(".", ",")} %`);
  assert.equal(cells[3], dotted(missingOf(answer.total)));
  assert.match(cells[5], /^665\/670$/);
  assert.match(plain(await text("#headline")), new RegExp(`^24\\.124 / ${households.replace(".", "\\.")} hộ = \\d+,\\d\\d %$`));
  assert.match(await text("#subtitle"), /Mẫu số: .*chốt ngày \d\d\/\d\d\/\d{4}/);
});

test("the map shows the communes in the colours of the legend and says what its boundaries are", async () => {
  await openPage(at.page, `${demo.origin}/`);
  const colours = await legendColours();
  const counts = await countColours(await at.page.locator("#map").screenshot(), colours);
  const whole = counts.reduce((a, b) => a + b, 0);
  assert.ok(whole > 20_000, `coloured pixels by class: ${counts}`);
  assert.ok(await at.page.locator(".label:not(.away)").count() >= 5, "labels");
  assert.match(await text("#notes"), /Ranh giới giản lược/);
  assert.match(await text("#legend"), /chưa có dữ liệu/);
});

test("a sorted column puts the largest or the smallest first", async () => {
  await openPage(at.page, `${demo.origin}/`);
  const numbers = async () => (await at.page.locator("#table tbody tr td:nth-child(3)").allInnerTexts()).map((s) => Number(s.replaceAll(".", "")));
  await at.page.click('[data-sort="households"]');
  const falling = await numbers();
  assert.deepEqual(falling, [...falling].sort((a, b) => b - a));
  await at.page.click('[data-sort="households"]');
  assert.deepEqual(await numbers(), [...falling].reverse());
});

test("the language switch changes words and numbers and is kept", async () => {
  await openPage(at.page, `${demo.origin}/`);
  assert.equal(await text("h1"), "Độ phủ địa chỉ số");
  await at.page.click('[data-lang="en"]');
  await eventually(() => text("#headline"), (s) => s.startsWith("24,124 of "), "English headline");
  assert.equal(await text("h1"), "Digital address coverage");
  assert.equal(await at.page.evaluate(() => document.documentElement.lang), "en");
  await openPage(at.page, `${demo.origin}/?again`);
  assert.equal(await text("h1"), "Digital address coverage");
});

test("a click on a row opens the panel, and its villages follow", async () => {
  await openPage(at.page, `${demo.origin}/`);
  const row = at.page.locator("#table tbody tr").first();
  const name = await row.locator("th").innerText();
  await row.click();
  await at.page.locator("#panel-name").waitFor();
  assert.equal(await text("#panel-name"), name);
  const panel = plain(await text("#panel"));
  assert.match(panel, /\d,\d\d %/);
  assert.match(panel, /Đã có địa chỉ số/);
  assert.match(panel, /chốt ngày/);
  assert.match(at.page.url(), /area=\d+/);
  await at.page.click("#panel .primary");
  await eventually(() => at.page.locator("#table tbody tr").count(), (n) => n >= 2 && n !== 11, "villages of the commune");
  assert.match(await text("#notes"), /suy ra từ điểm/);
  await at.page.keyboard.press("Escape");
  await at.page.locator("#panel").waitFor({ state: "hidden" });
});

test("the keyboard opens a unit and comes back to its row", async () => {
  await openPage(at.page, `${demo.origin}/`);
  const button = at.page.locator("#table tbody tr button").nth(2);
  await button.focus();
  const name = await button.innerText();
  await at.page.keyboard.press("Enter");
  await at.page.locator("#panel-name").waitFor();
  assert.equal(await at.page.evaluate(() => document.activeElement?.id), "panel");
  await at.page.keyboard.press("Escape");
  await at.page.locator("#panel").waitFor({ state: "hidden" });
  assert.equal(await at.page.evaluate(() => document.activeElement?.textContent), name);
});

test("a click on the map opens the unit under it", async () => {
  await openPage(at.page, `${demo.origin}/`);
  const label = at.page.locator(".label:not(.away)").first();
  const box = await label.boundingBox();
  await at.page.mouse.click(box.x + box.width / 2, box.y + box.height + 6);
  await at.page.locator("#panel-name").waitFor();
  await at.page.locator("#table tr.selected").waitFor();
  assert.equal(await text("#table tr.selected th"), await text("#panel-name"));
});

test("a deep link opens what it names", async () => {
  const { rows } = await (await fetch(`${demo.origin}/api/v1/coverage?level=village`)).json();
  const village = rows[0];
  await openPage(at.page, `${demo.origin}/#level=village&in=${village.parent}&area=${village.code}&lang=en`);
  assert.equal(await text("#panel-name"), village.name);
  assert.equal(await at.page.locator("#table tbody tr").count(), rows.filter((r) => r.parent === village.parent).length);
  const counts = await countColours(await at.page.locator("#map").screenshot(), await legendColours());
  assert.ok(counts.some((n) => n > 5_000), `coloured pixels by class: ${counts}`);
});

test("the density layer is drawn with its legend", async () => {
  await openPage(at.page, `${demo.origin}/`);
  const before = await at.page.locator("#map").screenshot();
  await at.page.check("#density");
  await at.page.waitForTimeout(300);
  await at.page.locator("#map[data-idle]").waitFor();
  await eventually(async () => (await at.page.locator("#map").screenshot()).equals(before), (same) => !same, "density on the map");
  assert.match(await text("#legend"), /mỗi ô/);
});

test("a gap list without a good token is an error in words", async () => {
  await openPage(at.page, `${demo.origin}/`);
  await at.page.locator("#table tbody tr").first().click();
  await at.page.click('[data-format="xlsx"]');
  await eventually(() => text("#download-said"), (s) => s.includes("Hãy nhập mã truy cập"), "no token");
  await at.page.fill("#token", "nobody-knows-this");
  await at.page.click('[data-format="csv"]');
  await eventually(() => text("#download-said"), (s) => s.includes("401"), "a wrong token");
  assert.equal(await at.page.locator("#download-said").getAttribute("role"), "alert");
  expectRefused(401);
});

test("gap lists download with the token", async () => {
  await openPage(at.page, `${demo.origin}/`);
  await at.page.locator("#table tbody tr").first().click();
  await at.page.fill("#token", demo.token);
  for (const [format, head] of [["xlsx", "PK\u0003\u0004"], ["csv", "\ufeff"], ["geojson", '{"type":"FeatureCollection"']]) {
    const [download] = await Promise.all([at.page.waitForEvent("download"), at.page.click(`[data-format="${format}"]`)]);
    assert.match(download.suggestedFilename(), new RegExp(`\\.${format}$`));
    const bytes = await readFile(await download.path());
    assert.ok(bytes.length > 500, `${format}: ${bytes.length} bytes`);
    assert.ok(bytes.subarray(0, 64).toString("utf8").startsWith(head), `${format} begins ${bytes.subarray(0, 8).toString("hex")}`);
    await eventually(() => text("#download-said"), (s) => s.startsWith("Đã tải"), format);
  }
  const kept = await at.page.evaluate(() => [localStorage.length, JSON.stringify(localStorage), sessionStorage.length]);
  assert.ok(!kept[1].includes(demo.token), "the token outlives the tab");
  assert.equal(kept[2], 1);
});

test("on a telephone nothing is wider than the screen", async () => {
  await at.page.setViewportSize({ width: 360, height: 740 });
  await openPage(at.page, `${demo.origin}/`);
  await at.page.locator("#table tbody tr").first().click();
  await at.page.locator("#panel-name").waitFor();
  const [content, screen] = await at.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= screen, `${content} px of content on ${screen} px`);
});

test("colours tell the number missing, and the address keeps that", async () => {
  await openPage(at.page, `${demo.origin}/#level=village`);
  await at.page.click('[data-measure="missing"]');
  await eventually(() => text("#legend h2"), (s) => s === "Số hộ còn thiếu", "the legend");
  assert.match(at.page.url(), /measure=missing/);
  const { rows } = await ask("/api/v1/coverage?level=village");
  const bounds = (await at.page.locator("#legend .scale li span").allInnerTexts()).map(Number);
  assert.ok(Math.max(...rows.map(missingOf)) >= bounds.at(-1), `classes ${bounds} hold what there is`);
  const classes = bounds.map((from, i) => rows.filter((r) => missingOf(r) >= from && missingOf(r) < (bounds[i + 1] ?? Infinity)).length);
  assert.ok(classes.every((n) => n > 0), `villages by class: ${classes}`);
  await at.page.waitForTimeout(300);
  const counts = await countColours(await at.page.locator("#map").screenshot(), await legendColours());
  assert.ok(counts.filter((n) => n > 1_000).length >= 2, `coloured pixels by class: ${counts}`);
});

test("the panel tells the flow of a unit's households, and its parts add up to the register", async () => {
  const { rows } = await ask("/api/v1/coverage?level=commune");
  const row = rows[3];
  await openPage(at.page, `${demo.origin}/#area=${row.code}&lang=en`);
  const whole = Object.values(row.states).reduce((a, b) => a + b, 0);
  const said = await at.page.locator("#panel .flow").getAttribute("aria-label");
  const numbers = said.split(":")[1].match(/[\d,]+(?=$|, )/g).map((n) => Number(n.replaceAll(",", "")));
  assert.equal(numbers.reduce((a, b) => a + b, 0), whole);
  assert.ok(said.startsWith(whole.toLocaleString("en-GB")), said);
  assert.equal(await text("#panel .apart dd"), row.outside_list.toLocaleString("en-GB"));
});

test("numbers of an old register are hatched and said to be old", async () => {
  const { closed_on } = await ask("/api/v1/coverage?level=province");
  const old = (Date.now() - Date.parse(closed_on)) / 86_400_000 > 365;
  await openPage(at.page, `${demo.origin}/`);
  assert.equal(/cũ hơn 12 tháng/.test(await text("#notes")), old);
  assert.equal(await at.page.locator("#legend .doubt").count(), old ? 1 : 0);
});

test("two units stand side by side, and the address keeps which", async () => {
  const { rows } = await ask("/api/v1/coverage?level=commune");
  await openPage(at.page, `${demo.origin}/#area=${rows[0].code}`);
  await at.page.focus("#compare");
  await at.page.selectOption("#compare", rows[1].code);
  await at.page.locator("#comparison").waitFor();
  assert.equal(await at.page.evaluate(() => document.activeElement.id), "compare");
  const heads = await at.page.locator("#comparison thead th").allInnerTexts();
  assert.deepEqual(heads.slice(1), [rows[0].name, rows[1].name]);
  const missing = await at.page.locator("#comparison tbody tr", { hasText: "Còn thiếu" }).locator("td").allInnerTexts();
  assert.deepEqual(missing.map((s) => Number(s.replaceAll(".", ""))), [missingOf(rows[0]), missingOf(rows[1])]);
  await openPage(at.page, at.page.url());
  assert.equal(await at.page.locator("#comparison").count(), 1);
});

test("search suggests while one types, and finds a commune, an address and a code", async () => {
  await openPage(at.page, `${demo.origin}/`);
  await at.page.locator("#search").pressSequentially("quang thai");
  await eventually(() => at.page.locator("#suggestions li").count(), (n) => n > 0, "suggestions");
  await at.page.keyboard.press("ArrowDown");
  assert.equal(await at.page.locator('#suggestions [aria-selected="true"]').count(), 1);
  await at.page.keyboard.press("Enter");
  await eventually(() => text("#search-said"), (s) => s.startsWith("Đã tìm thấy"), "a suggestion");
  // Its code today, 19885, was another commune's in the period shown.
  await eventually(() => at.page.locator("#panel-name").count().then((n) => n && text("#panel-name")), (s) => s === "Xã Quảng Thái", "the commune's panel");
  await at.page.keyboard.press("Escape");
  await at.page.locator("#panel").waitFor({ state: "hidden" });
  await at.page.fill("#search", "Xã Quảng Thái, Huyện Quảng Điền");
  await at.page.keyboard.press("Enter");
  await eventually(() => text("#panel-name"), (s) => s === "Xã Quảng Thái", "the commune's panel again");
  assert.ok(!decodeURIComponent(at.page.url()).includes("Thái"), "what was searched for is not in the address");
  await at.page.fill("#search", "7P8QHFF4+22");
  await at.page.keyboard.press("Enter");
  await eventually(() => at.page.locator(".pin").getAttribute("aria-label"), (s) => s === "7P8QHFF4+22", "the code's cell");
  await at.page.fill("#search", "zzzz không đâu cả");
  await at.page.keyboard.press("Enter");
  await eventually(() => text("#search-said"), (s) => s === "Không tìm thấy nơi này.", "nothing");
});

test("what is shown is shared by its address", async () => {
  await at.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await openPage(at.page, `${demo.origin}/#level=village&measure=missing&density=1`);
  await at.page.click("#share");
  await eventually(() => text("#share"), (s) => s === "Đã chép liên kết", "copied");
  const link = await at.page.evaluate(() => navigator.clipboard.readText());
  await openPage(at.page, `${link}&again`);
  assert.equal(await at.page.locator('[data-level="village"]').getAttribute("aria-pressed"), "true");
  assert.equal(await at.page.locator('[data-measure="missing"]').getAttribute("aria-pressed"), "true");
  assert.ok(await at.page.isChecked("#density"));
});

for (const [paper, width, height] of [["a4", 297, 210], ["a3", 420, 297]]) {
  test(`the map prints to one page of ${paper.toUpperCase()} with key, scale bar, north arrow and source`, async () => {
    await openPage(at.page, `${demo.origin}/`);
    await at.page.click(`#print-${paper}`);
    await at.page.locator(`[data-paper="${paper}"] #map[data-idle]`).waitFor();
    await at.page.waitForTimeout(300);
    for (const part of ["#legend", "#scale-bar i", ".north", "#sheet"]) assert.ok(await at.page.locator(part).isVisible(), part);
    assert.match(await text("#sheet"), /Mẫu số: .*chốt ngày/);
    assert.match(await text("#scale-bar"), /^\d+ k?m$/);
    const counts = await countColours(await at.page.locator("#map").screenshot(), await legendColours());
    assert.ok(counts.reduce((a, b) => a + b, 0) > 20_000, `coloured pixels by class: ${counts}`);
    const pdf = (await at.page.pdf({ preferCSSPageSize: true, printBackground: true })).toString("latin1");
    const boxes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map((m) => [m[1], m[2]].map((n) => Math.round((n / 72) * 25.4)));
    assert.deepEqual(boxes, [[width, height]]);
    await at.page.keyboard.press("Escape");
    await at.page.locator("#table").waitFor();
  });
}

test("the time slider tells the coverage of a day in figure, table and panel, and the address keeps it", async () => {
  const course = await ask("/api/v1/coverage/course?level=commune");
  const at_ = Math.floor(course.days.length / 2);
  const sum = course.rows.reduce((n, r) => n + r.covered[at_], 0);
  await openPage(at.page, `${demo.origin}/#area=${course.rows[0].code}`);
  await at.page.locator("#time").fill(String(at_));
  const dotted = sum.toLocaleString("vi-VN");
  await eventually(() => text("#headline"), (s) => s.startsWith(`${dotted} /`), "the figure of that day");
  assert.match(at.page.url(), new RegExp(`asof=${course.days[at_]}`));
  assert.equal(plain(await at.page.locator("#table tfoot td").first().innerText()), dotted);
  await eventually(() => text("#panel .figure span"), (s) => s.startsWith(course.rows[0].covered[at_].toLocaleString("vi-VN")), "the panel of that day");
  assert.equal(await at.page.locator("#panel .flow").count(), 0, "what is not known of that day is not told");
  await openPage(at.page, `${at.page.url()}&again`);
  assert.ok((await text("#headline")).startsWith(dotted));
  await at.page.locator("#time").focus();
  await at.page.keyboard.press("End");
  await eventually(() => text("#headline"), (s) => s.startsWith("24.124"), "now");
});

test("two days are compared in points, on the map and in the panel", async () => {
  const course = await ask("/api/v1/coverage/course?level=commune");
  const { rows } = await ask("/api/v1/coverage?level=commune");
  await openPage(at.page, `${demo.origin}/#area=${rows[0].code}&lang=en`);
  await at.page.check("#compare-days");
  await eventually(() => text("#legend h2"), (s) => s === "Change, percentage points", "the legend");
  await at.page.locator("#two-days").waitFor();
  const [first, now, change] = await at.page.locator("#two-days tbody tr").evaluateAll((all) => all.map((r) => r.querySelector("td").textContent));
  const row = course.rows.find((r) => r.code === rows[0].code);
  assert.deepEqual([first, now, change].map((s) => Number(s.replaceAll(",", ""))), [row.covered[0], rows[0].covered, rows[0].covered - row.covered[0]]);
  await at.page.locator("#map[data-idle]").waitFor();
  const counts = await countColours(await at.page.locator("#map").screenshot(), await legendColours());
  assert.ok(counts.some((n) => n > 5_000), `coloured pixels by class: ${counts}`);
});

test("the missing households are drawn by cell with their key", async () => {
  await openPage(at.page, `${demo.origin}/`);
  await at.page.check("#gaps");
  await eventually(() => text("#legend"), (s) => s.includes("Hộ còn thiếu trong mỗi ô"), "the key");
  await at.page.locator("#map[data-idle]").waitFor();
  assert.match(at.page.url(), /gaps=1/);
});
