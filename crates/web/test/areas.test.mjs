// Units of today, of a day and of saved areas, on the map page of the real binary in a real browser.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { openPage } from "./demo.mjs";
import { at, demo, eventually, plain, text, watchPages } from "./page.mjs";

watchPages();

const ask = async (path) => (await fetch(`${demo.origin}${path}`)).json();
const cells = async () => (await at.page.locator("#table tfoot tr > *").allInnerTexts()).map(plain);
const dotted = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ".");
const names = () => at.page.locator("#table tbody tr th").allInnerTexts();

/** Saves an area as the program does. */
function save(name, units) {
  const store = join(dirname(demo.files), "diachiso.gpkg");
  const args = ["areas", "save", name, ...units.flatMap((unit) => ["--unit", unit]), "--store", store];
  return execFileSync(process.env.DIACHISO_BIN, args, { encoding: "utf8" }).trim();
}

test("an old district and a saved area are chosen by name, counted from households and shared by the address", async () => {
  const id = save("Ven phá", ["19870@2024-12-31", "19867@2024-12-31"]);
  await openPage(at.page, `${demo.origin}/`);
  const groups = await at.page.locator("#period optgroup").evaluateAll((all) => all.map((g) => g.label));
  assert.deepEqual(groups, ["Đơn vị hành chính của một ngày", "Vùng đã lưu", "Huyện cũ", "Xã, phường cũ"]);
  const { former } = await ask("/api/v1/areas");
  const district = former.find((one) => one.name === "Huyện Quảng Điền cũ");
  await at.page.selectOption("#period", { label: "Huyện Quảng Điền cũ" });
  const whole = await ask(`/api/v1/coverage?level=commune&area=${district.id}`);
  await eventually(cells, (c) => c[1] === dotted(whole.total.covered) && c[2] === dotted(whole.total.households), "the district's sum");
  assert.match(await text("#crumbs"), /Huyện Quảng Điền cũ/);

  await at.page.selectOption("#period", { label: "Ven phá" });
  const part = await ask(`/api/v1/coverage?level=commune&area=${id}`);
  await eventually(cells, (c) => c[2] === dotted(part.total.households), "the saved area's sum");
  assert.equal((await names()).length, part.rows.length);
  const shared = at.page.url();
  assert.match(shared, new RegExp(`of=${id}`));

  // Its flow, beside another area.
  await at.page.click("#table tfoot button");
  await at.page.locator("#panel").waitFor();
  assert.equal(await text("#panel-name"), "Ven phá");
  await at.page.selectOption("#compare", { label: "Huyện Quảng Điền cũ" });
  await eventually(() => at.page.locator("#panel .compare table").allInnerTexts(), (all) => all.some((one) => plain(one).includes(dotted(whole.total.households))), "the comparison");

  await openPage(at.page, shared);
  await eventually(cells, (c) => c[2] === dotted(part.total.households), "the same by its address");
  await at.page.click("#crumbs button");
  await eventually(() => at.page.locator("#table tbody tr").count(), (n) => n === 11, "all communes again");
});

test("units of another day are shown, and what lies in an area only in part says so", async () => {
  const id = save("Một thôn xã", ["19870@2024-12-31"]);
  await openPage(at.page, `${demo.origin}/#of=${id}&on=2025-07-01&lang=en`);
  const part = await ask(`/api/v1/coverage?level=commune&on=2025-07-01&area=${id}`);
  assert.ok(part.rows.every((row) => row.part), "a commune of today holds more than one of before");
  await eventually(() => text("#notes"), (s) => s.includes("in part"), "the note");
  await at.page.selectOption("#period", { value: "2025-07-01" });
  await eventually(() => at.page.url(), (url) => !url.includes("of="), "the area is given up");
  assert.match(await at.page.locator("#period option:checked").innerText(), /^Today/);
});

test("at every width the controls of the map keep away from its edges", async () => {
  for (const width of [1030, 1200, 1280]) {
    await at.page.setViewportSize({ width, height: 800 });
    await openPage(at.page, `${demo.origin}/`);
    const stage = await at.page.locator(".stage").boundingBox();
    for (const part of [".controls .search", ".controls .layers > *", ".controls .does"]) {
      for (const one of await at.page.locator(part).all()) {
        const box = await one.boundingBox();
        if (!box) continue;
        assert.ok(box.x >= stage.x + 12 - 0.5 && box.x + box.width <= stage.x + stage.width - 12 + 0.5, `${part} at ${width}: ${JSON.stringify(box)}`);
      }
    }
  }
});
