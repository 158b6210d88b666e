// The officer's desk: a register whose headings nobody knows, its columns chosen by hand, taken in, and seen as a denominator.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openDesk, openPage, startSmall } from "./demo.mjs";
import { at, demo, eventually, expectRefused, text, watchPages, watched } from "./page.mjs";

// Another register is read by a run over everything, and changes what every other test would see.
let own;
before(async () => {
  own = await startSmall();
  Object.assign(demo, own);
});
after(() => own?.stop());
watchPages();

/** Seconds for a run of a debug build over a thousand households. */
const RUN_SECONDS = 60;

const bearer = () => ({ Authorization: `Bearer ${demo.token}` });
const ask = async (path) => (await fetch(`${demo.origin}${path}`, { headers: bearer() })).json();

/** What the nth column is; the ninth holds identity numbers, the tenth is of no use. */
const FIELDS = ["household_id", "head", "village", "commune", "address", "members", "source", "closed_on"];
const HEADING = ["Cột 1", "Cột 2", "Cột 3", "Cột 4", "Cột 5", "Cột 6", "Cột 7", "Cột 8", "Số CCCD", "Màu cửa"];
const NAME = "ho-tu-lap.csv";

/** Households of the gap list. */
async function households() {
  const { rows } = await ask("/api/v1/areas/477@2025-06-30/gaps?limit=1000");
  const lines = rows.filter((r) => r.address).slice(0, 5);
  assert.equal(lines.length, 5, "households to list");
  return lines;
}

/** A list of the statistics office, as somebody would keep it for himself; its last line is of no commune. */
function fileOf(rows) {
  const cells = (r, i) => [`TK-${i + 1}`, r.head, r.village_name, i === rows.length - 1 ? "Xã Không Đâu" : r.commune_name, r.address, r.members,
    "Thống kê", "30/06/2024", `04608601234${i}`, "xanh"];
  const lines = [HEADING, ...rows.map(cells)].map((line) => line.map((c) => `"${c}"`).join(";"));
  return { name: NAME, mimeType: "text/csv", buffer: Buffer.from(`\ufeff${lines.join("\n")}\n`) };
}

/** Opens the desk with a file whose columns nobody knows. */
async function openWith(lang, kind, file) {
  await at.page.addInitScript((to) => localStorage.setItem("diachiso.language", to), lang);
  await openDesk(at.page, demo.origin, demo.token, "#upload");
  await at.page.selectOption("#kind", kind);
  await at.page.setInputFiles("#file", file);
}

/** Chooses what a column is, and waits until the server agreed or refused. */
async function choose(column, field) {
  await at.page.evaluate(() => delete document.getElementById("columns").dataset.settled);
  await at.page.selectOption(`#column-0-${column}`, field);
  await at.page.locator("#columns[data-settled]").waitFor();
}

for (const [lang, says] of [
  ["vi", { missing: "Mã hộ (hoặc Diện hộ + Quyết định số, ngày)", refused: "số định danh", chosen: "Bạn đã chọn lại 8 cột" }],
  ["en", { missing: "Mã hộ (or Diện hộ + Quyết định số, ngày)", refused: "identity numbers", chosen: "You chose 8 columns anew" }],
]) {
  test(`columns of a register whose headings nobody knows are chosen one by one (${lang})`, async () => {
    // What is missing is told, and what would stand in for it; values are shown, none of a sensitive column.
    const lines = await households();
    await openWith(lang, "register", fileOf(lines));
    await eventually(() => text("#mapping-said"), (s) => s.includes(says.missing), "what is missing", 30);
    assert.ok(await at.page.locator("#look").isHidden());
    const cells = await at.page.locator(".mapping-table tbody tr").evaluateAll((all) => all.map((r) => r.cells[2].textContent));
    assert.equal(cells.length, HEADING.length);
    assert.ok(cells[1].startsWith(lines[0].head) && cells[8] === "", JSON.stringify(cells));
    const fields = await at.page.locator("#column-0-1 option").evaluateAll((all) => all.map((o) => o.value));
    assert.ok(fields.includes("closed_on") && !fields.includes("latitude"), "the fields of a register");

    // Identity numbers are no id of a household: told so, and the choice is taken back.
    await choose(9, "household_id");
    await eventually(() => text("#mapping-said"), (s) => s.includes(says.refused), "refused");
    expectRefused(422);
    assert.equal(await at.page.inputValue("#column-0-9"), "");

    // What was chosen stays while others are missing.
    for (const [i, field] of FIELDS.entries()) {
      await choose(i + 1, field);
      assert.equal(await at.page.inputValue(`#column-0-${i + 1}`), field);
    }
    assert.ok((await text("#mapping-said")).includes(says.chosen), await text("#mapping-said"));
  });
}

test("a list of the poor needs no ids once its class and decision are chosen, and the choices are in view on a telephone", async () => {
  const rows = ["Cột 1;Cột 2;Cột 3;Cột 4", "Võ Thị Lài;3 Xóm 1, Thôn Hà Hải, xã Quảng Phước;Hộ nghèo;QĐ 12 ngày 15/12/2023"];
  await at.page.setViewportSize({ width: 360, height: 740 });
  await openWith("vi", "poor", { name: "ngheo.csv", mimeType: "text/csv", buffer: Buffer.from(`${rows.join("\n")}\n`) });
  await at.page.locator("#columns[data-settled]").waitFor();
  for (const [i, field] of ["head", "address", "poverty", "decision"].entries()) await choose(i + 1, field);
  assert.equal(await text("#mapping-said"), "Bạn đã chọn lại 4 cột.");
  const { x, width } = await at.page.locator("#column-0-4").boundingBox();
  assert.ok(x >= 0 && x + width <= 360, `${x} + ${width}`);
  assert.equal(await at.page.evaluate(() => document.scrollingElement.scrollWidth), 360, "nothing beyond the edge");
});

test("a register under headings that nobody knows becomes a denominator once its columns are chosen", async () => {
  await openWith("vi", "register", fileOf(await households()));
  await at.page.locator("#columns[data-settled]").waitFor();
  for (const [i, field] of FIELDS.entries()) await choose(i + 1, field);

  // Taken in: every line ends somewhere, the one that cannot be used with its row, by its own heading.
  await at.page.fill("#basis", "QĐ 12/QĐ-UBND");
  await at.page.click("#send");
  await eventually(() => at.page.locator(".state-published").count(), (n) => n === 1, "published", RUN_SECONDS);
  assert.match(await text("#outcome"), /Đã công bố ở lượt \d+[^]*nhận 4,[^]*trả lại 1\b/);
  await at.page.locator("#mend-table").waitFor();
  assert.ok((await text("#mend")).includes("Dòng cần sửa: 1"), await text("#mend"));
  const [bad] = await at.page.locator("#mend-table tbody tr").allInnerTexts();
  assert.ok(bad.startsWith("6") && bad.includes("Cột 4") && bad.includes("Xã Không Đâu"), bad);

  // A denominator beside the others: told by the API and seen on the map, total and all, in either language.
  const { registers } = await ask("/api/v1/registers");
  const mine = registers.find((r) => r.source === "statistics");
  assert.equal(mine.households, 4, JSON.stringify(registers));
  const desk = at.page;
  const map = (at.page = await watched());
  await map.addInitScript(() => localStorage.setItem("diachiso.language", "vi"));
  await openPage(map, `${demo.origin}/`);
  // The page may have been opened while the run was still on its way into memory: it follows by itself.
  await at.page.locator("#source-field").waitFor({ timeout: 60_000 });
  await at.page.selectOption("#source", "statistics");
  await eventually(() => text("#subtitle"), (s) => s === "Mẫu số: danh sách hộ nguồn Thống kê, chốt ngày 30/06/2024", "the denominator", 30);
  await eventually(() => text("tfoot"), (s) => /\b4\b/.test(s), "of four households", 30);
  await at.page.click('[data-lang="en"]');
  await eventually(() => text("#subtitle"), (s) => s === "Denominator: register of the statistics office, closed on 30 June 2024", "in English", 30);
  await map.context().close();
  at.page = desk;
});
