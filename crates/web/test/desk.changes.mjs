// The officer's desk, what changes the published state: a file handed in, mended and handed in again, and taken out.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { openDesk, openPage } from "./demo.mjs";
import { at, demo, eventually, expectRefused, text, watchPages, watched } from "./page.mjs";

watchPages();

/** The heading of the name is none that anybody knows: people say which column it is. */
const HEAD = "STT,Mã phiếu,Cột ghi tên,Số ĐDCN/CCCD,Số nhà,Tên đường,Thôn/Tổ dân phố,Xã/Phường/Thị trấn,Huyện/Thị xã,Số nhân khẩu,Vĩ độ,Kinh độ,Sai số GPS (m),Người thu thập,Ngày thu thập,Tôn giáo,Màu cửa";

/** A file for households of the gap list, as a team would hand it in; each may say another day. Forms are of one language:
 * what was handed in and taken out in the other is refused when it comes again. */
function fileOf(rows, days, lang, name) {
  const lines = rows.map((row, i) => {
    const [, number, street] = /^(\d+) (.+)$/.exec(row.address);
    const { lat, lon } = row.suggested;
    return [i + 1, `TRANG-${lang}-${row.household}`, row.head, "", number, street, row.village_name, row.commune_name, "Huyện Quảng Điền", row.members,
      lat.toFixed(6), lon.toFixed(6), "4.5", "Người Thử Trang", days[i], "không", "xanh"].join(",");
  });
  return { name, mimeType: "text/csv", buffer: Buffer.from(`\ufeff${HEAD}\n${lines.join("\n")}\n`) };
}

const bearer = { headers: { Authorization: `Bearer ${demo.token}` } };
const ask = async (path) => (await fetch(`${demo.origin}${path}`, bearer)).json();
const gaps = async () => (await ask("/api/v1/areas/19897/gaps?limit=1000")).rows;
// Of one commune: other tests change others at the same time.
const total = async () => (await ask("/api/v1/coverage?level=commune")).rows.find((r) => r.code === "19897");

for (const [lang, says] of [
  ["vi", { looked: "Đã đọc xong", dropped: "nhạy cảm: bỏ, không lưu", unused: "không dùng", published: /Đã công bố ở lượt \d+/, wrong: "Ngày không thể có", updated: "Đã cập nhật", changed: /đã có \+1 hộ · số thôn thay đổi: 1/, withdrew: "Rút tệp" }],
  ["en", { looked: "Read; nothing was handed in yet", dropped: "sensitive: dropped, not kept", unused: "not used", published: /Published by run \d+/, wrong: "date", updated: "Updated", changed: /covered \+1 · villages changed: 1/, withdrew: "File withdrawn" }],
]) {
  test(`a file is looked at, handed in, mended, handed in again and taken out (${lang})`, async () => {
    await at.page.addInitScript((to) => localStorage.setItem("diachiso.language", to), lang);
    const missing = (await gaps()).filter((r) => r.state === "none" && r.suggested && r.walk !== null && /^\d+ \S/.test(r.address)).slice(0, 2);
    assert.equal(missing.length, 2, "households to cover");
    const before = await total();
    const map = await watched();
    await map.addInitScript((to) => localStorage.setItem("diachiso.language", to), lang);
    await openPage(map, `${demo.origin}/`);

    // Looked at: what each column is taken for, and what is wrong, before anything is kept.
    await openDesk(at.page, demo.origin, demo.token, "#upload");
    await at.page.setInputFiles("#file", fileOf(missing, ["15/11/2024", "31/02/2024"], lang, `trang-${lang}.csv`));
    await at.page.fill("#basis", "QĐ 12/QĐ-UBND");
    // What each column is taken for, with some of its values; a column that nobody knew is chosen by hand.
    await eventually(() => text("#mapping-said"), (s) => s.includes("Họ và tên chủ hộ"), "what is missing", 30);
    await at.page.selectOption("#column-0-3", "head");
    await eventually(() => at.page.inputValue("#column-0-11").catch(() => ""), (s) => s === "latitude", "the others are known");
    const mapping = await at.page.locator(".mapping-table tbody tr").evaluateAll((all) => all.map((r) => [
      r.querySelector("th").textContent, r.cells[2].textContent, r.querySelector("select").selectedOptions[0].textContent]));
    assert.equal(mapping.length, HEAD.split(",").length);
    const taken = (heading) => mapping.find(([h]) => h === heading);
    assert.equal(taken("Tôn giáo")[2], says.dropped);
    assert.equal(taken("Tôn giáo")[1], "", "values of a sensitive column are not told");
    assert.equal(taken("Màu cửa")[2], says.unused);
    assert.deepEqual(taken("Cột ghi tên").slice(1), [missing.map((m) => m.head).join(" · "), "Họ và tên chủ hộ *"]);
    await at.page.click("#look");
    await eventually(() => text("#upload-said"), (s) => s.startsWith(says.looked), "looked at", 30);
    assert.match(await text(".rules"), /T01/);
    assert.deepEqual(await total(), before, "looking keeps nothing");

    // Handed in and followed; the row that is wrong is told with its row and column.
    await at.page.click("#send");
    await eventually(() => at.page.locator(".state-published").count(), (n) => n === 1, "published", 150);
    assert.match(await text(".state-published"), says.published);
    await at.page.locator("#mend-table").waitFor();
    const bad = await at.page.locator("#mend-table tbody tr").allInnerTexts();
    assert.ok(bad.some((line) => line.includes("T01") && line.startsWith("3")), bad.join("\n"));
    const [report] = await Promise.all([at.page.waitForEvent("download"), at.page.click("#mend-csv")]);
    assert.ok((await readFile(await report.path())).toString("utf8").includes("T01"));
    await eventually(async () => (await total()).covered, (n) => n === before.covered + 1, "one more covered");

    // The map that was open all the while tells so by itself.
    await eventually(() => map.locator("#news").innerText(), (s) => s.startsWith(says.updated), "news on the map", 20);
    await map.context().close();

    // Mended and handed in again: the row taken before counts once.
    await at.page.click("#again");
    await at.page.setInputFiles("#file", fileOf(missing, ["15/11/2024", "29/02/2024"], lang, `trang-${lang}-sua.csv`));
    await eventually(() => at.page.inputValue("#column-0-3").catch(() => ""), (s) => s === "head", "the mended file has the same columns", 30);
    await at.page.click("#send");
    await eventually(() => at.page.locator(".state-published").count(), (n) => n === 1, "published again", 150);
    await eventually(async () => (await total()).covered, (n) => n === before.covered + 2, "both covered");
    assert.ok((await gaps()).every((r) => !missing.some((m) => m.household === r.household)), "both left the list");

    // The run tells what it changed; taken out again from there, by name and with a reason; the other one over the API.
    await at.page.click("#tab-history");
    const row = (file) => at.page.locator("#history-table tr", { hasText: file }).first();
    const run = at.page.locator("#runs .run", { hasText: `trang-${lang}-sua.csv` }).first();
    await run.locator("summary").focus();
    await at.page.keyboard.press("Enter");
    await run.locator(".coverage-change").waitFor();
    assert.match(await run.locator("summary").innerText(), says.changed);
    const told = await run.locator(".villages-changed tbody tr").evaluateAll((all) => all.map((r) => [r.dataset.village, r.cells[1].textContent]));
    const mended = missing[1].village;
    const [, covered] = told.find(([code]) => code === mended);
    const [was, is] = covered.split(" → ").map((n) => Number(n.replace(/\D/g, "")));
    assert.equal(is, was + 1, covered);
    const number = await run.getAttribute("data-run");
    const kept = await ask(`/api/v1/runs/${number}`);
    assert.equal(kept.changes.covered.after - kept.changes.covered.before, 1);
    assert.equal(kept.changes.villages_changed, told.length);
    await run.locator('[data-order="withdraw"]').click();
    await eventually(() => at.page.locator("#history-said").getAttribute("class"), (s) => s.includes("wrong"), "a name and a reason are asked for");
    await at.page.click("summary");
    await at.page.fill("#by", "Người Thử");
    await at.page.fill("#why", "thử trang");
    await run.locator('[data-order="withdraw"]').click();
    await eventually(() => row(`trang-${lang}-sua.csv`).locator(".state-withdrawn").count(), (n) => n === 1, "withdrawn", 120);
    // The newest run tells that, and who did so.
    const newest = at.page.locator("#runs .run").first();
    await newest.locator("summary").click();
    await eventually(() => newest.innerText(), (s) => s.includes(says.withdrew) && s.includes("Người Thử"), "who withdrew it");
    if (lang === "vi") {
      const first = await row(`trang-${lang}.csv`).getAttribute("data-batch");
      const order = { method: "POST", headers: { ...bearer.headers, "content-type": "application/json" }, body: JSON.stringify({ by: "Người Thử", why: "thử trang" }) };
      assert.ok((await fetch(`${demo.origin}/api/v1/batches/${first}/withdraw`, order)).ok);
      await eventually(async () => (await total()).covered, (n) => n === before.covered, "as before", 60);
    }
  });
}

test("a file that is none is refused in words, and nothing of it is published", async () => {
  const { covered } = await total();
  await openDesk(at.page, demo.origin, demo.token, "#upload");
  await at.page.setInputFiles("#file", { name: "hong.xlsx", mimeType: "application/octet-stream", buffer: Buffer.from("PK\u0003\u0004 not a workbook") });
  await eventually(() => text("#mapping-said"), (s) => s.includes("F01"), "told as soon as the file is chosen", 30);
  expectRefused(422);
  await at.page.fill("#basis", "QĐ 12/QĐ-UBND");
  await at.page.click("#send");
  await eventually(() => at.page.locator(".state-failed").count(), (n) => n === 1, "failed", 60);
  assert.match(await text("#outcome"), /F01/);
  assert.equal((await total()).covered, covered);
});
