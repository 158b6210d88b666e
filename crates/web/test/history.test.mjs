// A run of the history that is opened: nothing for axe to complain of, and nothing beyond the edge of a telephone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";

import { openDesk } from "./demo.mjs";
import { at, demo, watchPages } from "./page.mjs";

watchPages();

for (const [width, lang] of [[1280, "vi"], [360, "en"]]) {
  test(`axe finds nothing to complain of on an opened run at ${width} px, light and dark (${lang})`, async () => {
    const { page } = at;
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: "light" });
    await page.addInitScript((to) => localStorage.setItem("diachiso.language", to), lang);
    await openDesk(page, demo.origin, demo.token, "#history");
    const run = page.locator("#runs .run").first();
    await run.locator("summary").click();
    await run.locator(".villages-changed tbody tr").first().waitFor();
    assert.ok(await run.locator(".changes").count() >= 2, "rows and households");
    assert.equal(await page.evaluate(() => document.scrollingElement.scrollWidth), width, "nothing beyond the edge");
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.waitForFunction((to) => document.documentElement.dataset.theme === to, colorScheme);
      // The rest of the page is looked at with the others.
      const { violations, passes } = await new AxeBuilder({ page }).include("#runs .run").analyze();
      assert.ok(passes.some((p) => p.id === "color-contrast"), "it was looked at");
      const told = violations.map((v) => `${v.id}: ${v.nodes.slice(0, 5).map((n) => `${n.target} ${n.failureSummary}`).join(" | ")}`);
      assert.deepEqual(told, [], colorScheme);
    }
  });
}
