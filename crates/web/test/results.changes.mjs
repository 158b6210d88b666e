// Results of visits at the desk: the list is fetched, filled in, loaded back, mended, approved by another, and taken back.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { AxeBuilder } from "@axe-core/playwright";

import { addToken, openDesk } from "./demo.mjs";
import { fillCsv } from "./filled.mjs";
import { at, demo, eventually, expectRefused, text, watchPages, watched } from "./page.mjs";

watchPages();

/** Seconds for a run of a debug build, with another before it. */
const RUN_SECONDS = 130;
/** Interpreters of which one has openpyxl: see `cargo xtask test --only install`. */
const PYTHONS = ["python3", "/usr/bin/python3"];

const folder = await mkdtemp(join(tmpdir(), "diachiso-results-"));
after(() => rm(folder, { recursive: true, force: true }));

const bearer = { headers: { Authorization: `Bearer ${demo.token}` } };
const ask = async (path) => (await fetch(`${demo.origin}${path}`, bearer)).json();
const gaps = async (commune) => (await ask(`/api/v1/areas/${commune}/gaps?limit=1000`)).rows;
const unit = async (code) => (await ask("/api/v1/coverage?level=commune")).rows.find((r) => r.code === code);
const stateOf = async (commune, { household }) => (await gaps(commune)).find((r) => r.household === household)?.state ?? null;

/** Fills a workbook by openpyxl; answers with sheet and row of every household. */
function fillWorkbook(bytes, results, fresh) {
  const python = PYTHONS.find((p) => {
    try {
      return execFileSync(p, ["-c", "import openpyxl"], { stdio: "ignore" }) === null;
    } catch {
      return false;
    }
  });
  assert.ok(python, "no python3 with openpyxl: cargo xtask test --only install");
  const [source, target] = [join(folder, "danh-sach.xlsx"), join(folder, "ket-qua.xlsx")];
  const script = fileURLToPath(new URL("fill_workbook.py", import.meta.url));
  return writeFile(source, bytes).then(async () => {
    const filled = JSON.parse(execFileSync(python, [script, source, target, JSON.stringify({ results, new: fresh })], { encoding: "utf8" }));
    return { rows: filled, file: { name: "ket-qua.xlsx", mimeType: "application/octet-stream", buffer: await readFile(target) } };
  });
}

/** Signs and presses a button in a row, by keyboard alone. */
async function press(page, list, id, what, by, why) {
  await page.fill("#judge-by", by);
  await page.fill("#judge-why", why);
  await page.locator(`#${list} [data-result="${id}"] [data-order="${what}"]`).focus();
  await page.keyboard.press("Enter");
}

const SAYS = {
  vi: { recorded: /Nhận 5 kết quả mới/, pending: /2 hộ báo đã chuyển đi hoặc không còn/, rejected: /1 dòng chưa dùng được/, ignored: /dòng không ghi kết quả: bỏ qua/, repeated: /5 dòng đã có trong sổ/, whole: "Không dòng nào có lỗi.", done: /Đã vào sổ ở lượt \d+/, sign: "Hãy ghi người quyết định", carried: /đã thực hiện ở lượt \d+/, mine: "Bạn đã nạp kết quả này", history: "Duyệt kết quả thực địa" },
  en: { recorded: /5 new results/, pending: /2 households are said to have moved or gone/, rejected: /1 rows cannot be used/, ignored: /rows without a result/, repeated: /5 rows were on record before/, whole: "No row is at fault.", done: /On record as of run \d+/, sign: "Say who decides and why", carried: /carried out by run \d+/, mine: "You loaded this", history: "Result of a visit approved" },
};

for (const [lang, commune, format, fill] of [["vi", "19870", "xlsx", fillWorkbook], ["en", "19873", "csv", fillCsv]]) {
  const says = SAYS[lang];

  test(`the ${format} of a gap list is filled in, loaded back, mended, approved by another and taken back (${lang})`, async () => {
    const { page } = at;
    await page.addInitScript((to) => localStorage.setItem("diachiso.language", to), lang);
    const before = await unit(commune);
    const [absent, moved, gone, done, typo] = (await gaps(commune)).filter((r) => r.state === "none");
    assert.ok(typo, "five households without a submission");

    // Out of the page, filled in as a team does, back into the page.
    await openDesk(page, demo.origin, demo.token, `#gaps=${commune}`);
    const [got] = await Promise.all([page.waitForEvent("download"), page.click(`[data-format="${format}"]`)]);
    const list = await readFile(await got.path());
    const fresh = { household: absent.household, cells: { "Họ và tên chủ hộ": `Lê Thị Mới ${lang}`, "Địa chỉ": "xóm mới", "Thôn/Tổ dân phố": absent.village_name, "Xã/Phường": absent.commune_name, "Kết quả": "Hộ mới" } };
    const said = { [absent.household]: "vang nha", [moved.household]: "Đã chuyển đi", [gone.household]: "GONE", [done.household]: "đã làm" };
    const { file, rows } = await fill(list, { ...said, [typo.household]: "vắng tanh" }, fresh);
    await page.click("#tab-results");
    await page.setInputFiles("#filled", file);
    await page.fill("#visit-by", `Tổ 3 ${lang}`);
    await page.locator("#visit-by").press("Enter");
    await page.locator("#loaded-title").waitFor();

    // At once, in plain words: how many of each, which row is at fault and what to do.
    const read = (what) => text(`[data-read="${what}"]`);
    assert.match(await read("recorded"), says.recorded);
    assert.match(await read("pending"), says.pending);
    assert.match(await read("rejected"), says.rejected);
    assert.match(await read("ignored"), says.ignored);
    const counted = await page.locator("#read-words tbody tr").evaluateAll((all) => all.map((r) => [r.dataset.word, r.cells[1].textContent]));
    assert.deepEqual(counted, ["done", "absent", "moved", "gone", "new"].map((w) => [w, "1"]));
    const [sheet, row] = rows[typo.household];
    const faulty = await page.locator("#rejects tbody tr").evaluateAll((all) => all.map((r) => [r.dataset.fault, ...[...r.cells].map((c) => c.textContent)]));
    assert.equal(faulty.length, 1);
    assert.deepEqual(faulty[0].slice(0, 4), ["unknown_word", `${row}${sheet ?? ""}`, "Kết quả", "vắng tanh"]);
    assert.ok(faulty[0][4] && faulty[0][5], "what is wrong and what to do");
    await eventually(() => text("#load-said"), (s) => says.done.test(s), "on record", RUN_SECONDS);
    assert.equal(await stateOf(commune, absent), "absent");
    assert.equal(await stateOf(commune, moved), "leaving");
    assert.equal(await stateOf(commune, done), "claimed");
    assert.equal((await unit(commune)).households, before.households, "nobody has left the denominator");

    // What the list of new households and of what waits say; who loaded it cannot approve it.
    assert.ok((await text("#new-households")).includes(`Lê Thị Mới ${lang}`));
    const waiting = page.locator("#waiting-results [data-result]", { hasText: moved.head });
    assert.ok((await waiting.innerText()).includes(says.mine));
    assert.deepEqual(await waiting.locator("button").evaluateAll((all) => all.map((b) => b.dataset.order)), ["withdraw"]);
    const id = await waiting.getAttribute("data-result");
    const goneId = await page.locator("#waiting-results [data-result]", { hasText: gone.head }).getAttribute("data-result");

    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.waitForFunction((to) => document.documentElement.dataset.theme === to, colorScheme);
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join(" | ")}`), [], colorScheme);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= screen, `${content} px of content on ${screen} px`);
    await page.setViewportSize({ width: 1280, height: 800 });

    // Mended and loaded again: what was taken does not count twice.
    const mended = await fill(list, { ...said, [typo.household]: "Từ chối" }, fresh);
    await page.click("#load-again");
    await page.setInputFiles("#filled", mended.file);
    await page.click("#load-results");
    await eventually(() => read("repeated").catch(() => ""), (s) => says.repeated.test(s), "known already");
    assert.equal(await read("rejected"), says.whole);
    await eventually(() => text("#load-said"), (s) => says.done.test(s), "the rest is on record", RUN_SECONDS);
    assert.equal(await stateOf(commune, typo), "refused");

    // Another, with a token of his own, approves one and refuses the other: nothing without a name and a reason.
    const second = await watched();
    await second.addInitScript((to) => localStorage.setItem("diachiso.language", to), lang);
    await openDesk(second, demo.origin, await addToken(demo, "reviewer:*"), "#results");
    await press(second, "waiting-results", id, "approve", "Lê Duyệt", "");
    await eventually(() => second.locator("#judge-said").innerText(), (s) => s.startsWith(says.sign), "a reason is asked for");
    assert.equal(await second.evaluate(() => document.activeElement.id), "judge-why", "where it is missing");
    await press(second, "waiting-results", id, "approve", "Lê Duyệt", "hỏi trưởng thôn");
    await eventually(() => second.locator("#judge-said").innerText(), (s) => says.carried.test(s), "approved", RUN_SECONDS);
    assert.equal(await second.locator(`#waiting-results [data-result="${id}"]`).count(), 0);
    assert.equal(await second.locator(`#all-results [data-result="${id}"]`).getAttribute("data-state"), "approved");
    // The row is gone: the keyboard is at the next that waits, or at the list's heading.
    assert.ok(await second.evaluate(() => document.querySelector('[aria-labelledby="waiting-results-title"]').contains(document.activeElement)), "the keyboard is near");
    const now = await unit(commune);
    assert.equal(now.households, before.households - 1, "one household has left the denominator");
    assert.equal(await stateOf(commune, moved), null);
    await press(second, "waiting-results", goneId, "refuse", "Lê Duyệt", "vẫn ở đó");
    await eventually(() => second.locator(`#all-results [data-result="${goneId}"]`).getAttribute("data-state"), (s) => s === "refused", "refused", RUN_SECONDS);
    assert.equal(await stateOf(commune, gone), "none");
    await second.context().close();

    // Taken back by who loaded it: as before.
    await page.click("#tab-history");
    await page.locator("#runs .run").first().waitFor();
    await page.click("#tab-results");
    await page.locator(`#all-results [data-result="${id}"]`).waitFor();
    await press(page, "all-results", id, "withdraw", `Tổ 3 ${lang}`, "nhầm hộ");
    await eventually(() => text("#judge-said"), (s) => says.carried.test(s), "taken back", RUN_SECONDS);
    assert.equal((await unit(commune)).households, before.households);
    assert.equal(await stateOf(commune, moved), "none");

    // The ledger says who approved.
    await page.click("#tab-history");
    const approved = (await ask("/api/v1/runs?limit=20")).runs.filter((r) => r.changes?.decisions.some((d) => d.kind === "approval" && d.choice === "apply"));
    assert.ok(approved.length > 0);
    const run = page.locator(`#runs [data-run="${approved[0].number}"]`);
    await run.locator("summary").click();
    await eventually(() => run.innerText(), (s) => s.includes(says.history) && s.includes("Lê Duyệt"), "who approved");
  });
}

test("a file that is no gap list is refused in words", async () => {
  await openDesk(at.page, demo.origin, demo.token, "#results");
  await at.page.setInputFiles("#filled", { name: "khac.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") });
  await at.page.fill("#visit-by", "Tổ 3");
  await at.page.click("#load-results");
  await eventually(() => text("#load-said"), (s) => /F0[12]/.test(s), "told");
  expectRefused(422);
  assert.ok(await at.page.locator("#load-results").isEnabled(), "to be tried again");
});
