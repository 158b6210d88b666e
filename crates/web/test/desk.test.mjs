// The officer's desk, what only reads: the gap list, its files and its sheets.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { openDesk } from "./demo.mjs";
import { at, demo, eventually, expectRefused, text, watchPages } from "./page.mjs";

watchPages();

const bearer = { headers: { Authorization: `Bearer ${demo.token}` } };
const gaps = async (area) => {
  const rows = [];
  for (let next = `/api/v1/areas/${area}/gaps?limit=1000`; next;) {
    const page = await (await fetch(`${demo.origin}${next}`, bearer)).json();
    rows.push(...page.rows);
    next = page.next;
  }
  return rows;
};

/** Rows by village, in their order. */
const byVillage = (rows) => rows.reduce((by, row) => by.set(row.village, [...(by.get(row.village) ?? []), row]), new Map());

const open = (part, lang = "vi") => at.page.addInitScript((to) => localStorage.setItem("diachiso.language", to), lang)
  .then(() => openDesk(at.page, demo.origin, demo.token, part));

test("nobody enters without a token that holds, and it is told in words", async () => {
  await at.page.goto(`${demo.origin}/desk`);
  await at.page.locator("body.settled").waitFor();
  assert.ok(await at.page.locator("#inside").isHidden());
  await at.page.click('#enter [type="submit"]');
  await eventually(() => text("#enter-said"), (s) => s.includes("Hãy nhập mã truy cập"), "no token");
  await at.page.fill("#token", "nobody-knows-this");
  await at.page.keyboard.press("Enter");
  await eventually(() => text("#enter-said"), (s) => s.includes("401"), "a wrong token");
  expectRefused(401);
});

test("the token leaves with whoever leaves, and is in no storage that outlives the tab", async () => {
  await open("#history");
  const kept = await at.page.evaluate(() => [JSON.stringify(localStorage), location.href, sessionStorage.length]);
  assert.ok(!kept[0].includes(demo.token) && !kept[1].includes(demo.token));
  assert.equal(kept[2], 1);
  await at.page.click("#leave");
  await at.page.locator("#enter").waitFor();
  assert.equal(await at.page.evaluate(() => sessionStorage.length), 0);
});

for (const [lang, says] of [["vi", { title: "Danh sách hộ chưa có địa chỉ số", poor: "Hộ nghèo", said: "Đã tải" }],
  ["en", { title: "Households without a digital address", poor: "Poor", said: "Downloaded" }]]) {
  test(`the list of a commune stands by village, the poor first, beside its map (${lang})`, async () => {
    const rows = await gaps("19867");
    await open("#gaps=19867", lang);
    assert.equal(await text("#part h2"), says.title);
    await at.page.locator("#gap-map[data-idle]").waitFor();
    const drawn = await at.page.locator("#gaps-table [data-household]").evaluateAll((all) => all.map((r) => r.dataset.household));
    assert.deepEqual(drawn, rows.slice(0, drawn.length).map((r) => r.household));
    assert.ok(drawn.length >= Math.min(rows.length, 400));
    const first = rows[0];
    const line = await text(`[data-household="${first.household}"]`);
    assert.ok(line.includes(lang === "vi" ? first.reason_vi : first.reason_en), line);
    // Filters: a village, a reason, the poor, words without marks.
    await at.page.selectOption("#village", first.village);
    const here = rows.filter((r) => r.village === first.village);
    await eventually(() => at.page.locator("#gaps-table [data-household]").count(), (n) => n === here.length, "one village");
    await eventually(() => at.page.locator(".stop").count(), (n) => n > 1, "the walk on the map");
    await at.page.selectOption("#village", "");
    await at.page.selectOption("#poverty", "any");
    const poor = rows.filter((r) => r.poverty !== "none");
    await eventually(() => at.page.locator("#gaps-table [data-household]").count(), (n) => n === poor.length, "the poor");
    await at.page.selectOption("#poverty", "");
    await at.page.selectOption("#state", "none");
    const none = rows.filter((r) => r.state === "none");
    await eventually(() => at.page.locator("#gaps-table [data-household]").count(), (n) => n === Math.min(400, none.length), "no submission");
    await at.page.selectOption("#state", "");
    await at.page.fill("#words", first.head.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d").replaceAll("Đ", "D").toLowerCase());
    await eventually(() => at.page.locator("#gaps-table [data-household]").count(), (n) => n >= 1 && n < 30, "words without marks");
  });

  test(`the list of a village comes as workbook and as csv (${lang})`, async () => {
    const [{ village }] = await gaps("19867");
    await open(`#gaps=${village}`, lang);
    for (const [format, head] of [["xlsx", "PK\u0003\u0004"], ["csv", "\ufeff"]]) {
      const [download] = await Promise.all([at.page.waitForEvent("download"), at.page.click(`[data-format="${format}"]`)]);
      assert.match(download.suggestedFilename(), new RegExp(`\\.${format}$`));
      const bytes = await readFile(await download.path());
      assert.ok(bytes.subarray(0, 64).toString("utf8").startsWith(head));
      await eventually(() => text("#gaps-said"), (s) => s.startsWith(says.said), format);
    }
  });

  test(`the team gets a sheet a village with room for the result (${lang})`, async () => {
    const rows = await gaps("19867");
    await open("#gaps=19867", lang);
    await at.page.fill("#team", "Tổ 3");
    await at.page.evaluate(() => (globalThis.print = () => (globalThis.printed = document.querySelector("#sheets").innerText.length)));
    await at.page.click("#print-list");
    assert.ok(await at.page.evaluate(() => globalThis.printed > 1_000 || document.querySelectorAll(".team-sheet").length > 0));
    const villages = new Set(rows.map((r) => r.village)).size;
    assert.equal(await at.page.locator(".team-sheet").count(), villages);
    await at.page.emulateMedia({ media: "print" });
    assert.match(await text(".team-sheet"), /Tổ 3/);
    assert.equal(await at.page.locator(".team-sheet tbody tr").count(), rows.length);
    assert.match(await text(".team-sheet thead"), new RegExp(rows[0].village_name), "whose page it is stands on every page");
    const printed = async () => {
      const pdf = (await at.page.pdf({ preferCSSPageSize: true })).toString("latin1");
      const sizes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map((m) => [m[1], m[2]].map((n) => Math.round((n / 72) * 25.4)).join("x"));
      assert.deepEqual([...new Set(sizes)], ["297x210"], "A4, landscape");
      return sizes.length;
    };
    const fewest = (n) => [...byVillage(rows).values()].reduce((sum, of) => sum + Math.ceil(of.length / n), 0);
    const all = await printed();
    assert.ok(all >= villages && all <= fewest(9), `each village begins a page of its own: ${all} pages for ${villages} villages`);
    // A village of many households goes on overleaf.
    const long = await gaps("19897");
    const [village] = byVillage(long).keys();
    const many = long.filter((r) => r.village === village).length;
    await at.page.emulateMedia({ media: "screen" });
    await open("#gaps=19897", lang);
    await at.page.selectOption("#village", village);
    await at.page.evaluate(() => (globalThis.print = () => undefined));
    await at.page.click("#print-list");
    await at.page.emulateMedia({ media: "print" });
    const pages = await printed();
    assert.ok(many > 40 && pages >= Math.ceil(many / 20) && pages <= Math.ceil(many / 9), `${many} households on ${pages} pages`);
  });
}

test("on a telephone the desk is no wider than the screen", async () => {
  await at.page.setViewportSize({ width: 360, height: 740 });
  for (const part of ["#gaps=19867", "#upload", "#review", "#history"]) {
    await open(part);
    const [content, screen] = await at.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= screen, `${part}: ${content} px of content on ${screen} px`);
  }
});
