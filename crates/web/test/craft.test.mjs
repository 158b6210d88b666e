// What holds for every page: words in both languages, nothing for axe to complain of, a small first view, no policy broken.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";

import { openDesk, openPage } from "./demo.mjs";
import { at, demo, watchPages } from "./page.mjs";

watchPages();

/** Most bytes that the first view of a page may take of our own, uncompressed. */
const OWN_BYTES = 300_000;

/** Every page, and the state in which most of it is seen. */
const PAGES = [
  ["the map", "/", "/#area=19870&with=19873"],
  ["the desk's entrance", "/desk", null],
  ["the gap list", "/desk", "#gaps=19870-trung-lang"],
  ["results of visits", "/desk", "#results"],
  ["handing in", "/desk", "#upload"],
  ["the review queue", "/desk", "#review"],
  ["the history", "/desk", "#history"],
];

const words = JSON.parse(await readFile(new URL("../ui/words.json", import.meta.url), "utf8"));

test("every word is there in Vietnamese and in English, with the same holes", () => {
  const holes = (text) => [...text.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort();
  for (const [key, said] of Object.entries(words)) {
    assert.equal(said.length, 2, key);
    assert.ok(said.every((text) => typeof text === "string" && text.trim() !== ""), key);
    assert.deepEqual(holes(said[0]), holes(said[1]), key);
  }
});

test("every word that the pages name is in the table, and the table has no other", async () => {
  const { readdir } = await import("node:fs/promises");
  const ui = new URL("../ui/", import.meta.url);
  const sources = (await readdir(ui, { recursive: true })).filter((f) => /\.(ts|html)$/.test(f));
  const all = (await Promise.all(sources.map((f) => readFile(new URL(f, ui), "utf8")))).join("\n");
  const named = new Set([...all.matchAll(/\bt\("(\w+)"|data-t(?:-label|itle)?="(\w+)"/g)].map((m) => m[1] ?? m[2]));
  for (const key of named) assert.ok(key in words, `${key} has no words`);
  // Words whose key is made of data are named by what stands before the data.
  const prefixes = [...all.matchAll(/(?:t|tOr)\(`(\w+_)\$\{/g)].map((m) => m[1]);
  const quoted = new Set([...all.matchAll(/"(\w+)"/g)].map((m) => m[1]));
  const idle = Object.keys(words).filter((key) => !named.has(key) && !quoted.has(key) && !prefixes.some((p) => key.startsWith(p)));
  assert.deepEqual(idle, [], "words that no page uses");
});

for (const [name, path] of PAGES.slice(0, 2)) {
  test(`the first view of ${name} takes less than ${OWN_BYTES / 1000} kB of our own`, async () => {
    const sizes = { ours: 0, maplibre: 0 };
    const bodies = [];
    at.page.on("response", (r) => {
      const { pathname } = new URL(r.url());
      if (!/^\/(?:assets\/.*|desk)?$/.test(pathname)) return;
      const of = pathname.includes("maplibre") ? "maplibre" : "ours";
      bodies.push(r.body().then((b) => (sizes[of] += b.length)));
    });
    await at.page.goto(`${demo.origin}${path}`);
    await at.page.locator("body.settled").waitFor();
    await Promise.all(bodies);
    console.log(`${name}: ${sizes.ours} bytes of our own, ${sizes.maplibre} of MapLibre`);
    assert.ok(sizes.ours > 1_000 && sizes.ours < OWN_BYTES, JSON.stringify(sizes));
  });

  test(`${name} allows nothing inline and nothing from elsewhere`, async () => {
    const policy = (await fetch(`${demo.origin}${path}`)).headers.get("content-security-policy");
    assert.match(policy, /default-src 'self'/);
    assert.ok(!/unsafe|https?:|\*/.test(policy), policy);
  });
}

for (const [name, path, state] of PAGES) {
  // One page through both languages and themes, as somebody goes through them: opening it is what takes time.
  test(`axe finds nothing to complain of on ${name}, in either language, light and dark`, async () => {
    const { page } = at;
    await page.emulateMedia({ colorScheme: "light" });
    if (path === "/") await openPage(page, `${demo.origin}${state}`);
    else if (state) await openDesk(page, demo.origin, demo.token, state);
    else await page.goto(`${demo.origin}${path}`);
    for (const lang of ["vi", "en"]) {
      await page.click(`[data-lang="${lang}"]`);
      await page.waitForFunction((to) => document.documentElement.lang === to && document.body.classList.contains("settled"), lang);
      if (state && path === "/desk") await page.locator("#part h2").first().waitFor();
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.waitForFunction((to) => document.documentElement.dataset.theme === to, colorScheme);
        const { violations } = await new AxeBuilder({ page }).analyze();
        const told = violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join(" | ")}`);
        assert.deepEqual(told, [], `${lang}, ${colorScheme}`);
      }
    }
  });
}
