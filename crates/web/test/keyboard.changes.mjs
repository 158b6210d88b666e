// The keyboard in the review queue: the list is drawn anew under it, by a filter, a run or another's decision, and it stays.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openDesk } from "./demo.mjs";
import { at, demo, eventually, expectRefused, watchPages } from "./page.mjs";

watchPages();

/** Seconds for a run of a debug build, with another before it. */
const RUN_SECONDS = 130;

const bearer = { headers: { Authorization: `Bearer ${demo.token}` } };
const ask = async (path) => (await fetch(`${demo.origin}${path}`, bearer)).json();
const focused = () => at.page.evaluate(() => document.activeElement?.dataset.id ?? document.activeElement?.id ?? document.activeElement?.tagName);
const ids = () => at.page.locator("#queue [data-id]").evaluateAll((all) => all.map((b) => b.dataset.id));

/** Chooses a rule while the keyboard is in the list, as a run or a script beside does it; waits until the list is of it. */
async function choose(rule) {
  const first = await at.page.locator("#queue").elementHandle();
  await at.page.evaluate(([list, to]) => {
    globalThis.drawn = new Promise((done) => new MutationObserver(done).observe(list, { childList: true }));
    const select = document.getElementById("review-rule");
    select.value = to;
    select.dispatchEvent(new Event("change"));
  }, [first, rule]);
  await at.page.evaluate(() => globalThis.drawn.then(() => null));
}

test("a list that is drawn anew keeps the keyboard on the same thing, else on the nearest, else in the list", async () => {
  await openDesk(at.page, demo.origin, demo.token, "#review");
  await choose("M02");
  const two = (await ids())[1];
  assert.ok(two, "two codes that wait");
  await at.page.locator(`#queue [data-id="${two}"]`).focus();
  await choose("M02");
  assert.equal(await focused(), two, "the same thing");
  await at.page.keyboard.press("Enter");
  await at.page.locator(`#review-item[data-id="${two}"]`).waitFor();

  // Of another rule: the thing is not in the list any more, and what stands in its place has the keyboard.
  await at.page.locator(`#queue [data-id="${two}"]`).focus();
  await choose("D03");
  const others = await ids();
  assert.ok(!others.includes(two) && others.length > 1, "another list");
  assert.equal(await focused(), others[1], "what stands in its place");
  await choose("M02");
  assert.equal(await focused(), two, "and back");

  // A rule that never holds anything: the empty list has it itself.
  await at.page.evaluate(() => document.getElementById("review-rule").append(new Option("C02", "C02")));
  await choose("C02");
  assert.deepEqual([await ids(), await focused()], [[], "queue"]);
});

test("what another decided meanwhile leaves the list when it is opened, and the keyboard goes to the next", async () => {
  await openDesk(at.page, demo.origin, demo.token, "#review");
  await choose("M02");
  const listed = await ids();
  const { items } = await ask("/api/v1/review?limit=100&rule=M02");
  const alone = new Set(items.filter((i) => i.rules.length === 1 && !i.decision && !i.claim).map((i) => i.id));
  const from = listed.findLastIndex((id, i) => alone.has(id) && i + 1 < listed.length);
  assert.ok(from >= 0, "one that waits for this rule alone, with another below");
  const headers = { ...bearer.headers, "Content-Type": "application/json" };
  const body = JSON.stringify({ choice: "accept", by: "Người Khác", why: "đã gọi điện" });
  assert.ok((await fetch(`${demo.origin}/api/v1/review/${listed[from]}/decision`, { method: "POST", headers, body })).ok);
  await eventually(async () => (await fetch(`${demo.origin}/api/v1/review/${listed[from]}`, bearer)).status, (s) => s === 409, "carried out", RUN_SECONDS);
  await at.page.locator(`#queue [data-id="${listed[from]}"]`).focus();
  await at.page.keyboard.press("Enter");
  await at.page.locator(`#queue [data-id="${listed[from]}"]`).waitFor({ state: "detached" });
  assert.equal(await focused(), listed[from + 1]);
  await at.page.keyboard.press("Enter");
  await at.page.locator(`#review-item[data-id="${listed[from + 1]}"]`).waitFor();
  expectRefused(409);
});
