// The review queue: looked at, kept from others, decided by keyboard alone, carried out and taken back, in both languages.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AxeBuilder } from "@axe-core/playwright";

import { addToken, openDesk } from "./demo.mjs";
import { at, demo, eventually, expectRefused, text, watchPages, watched } from "./page.mjs";

watchPages();

/** Seconds for a run of a debug build, and for the first explanation after it. */
const RUN_SECONDS = 130;

const bearer = { headers: { Authorization: `Bearer ${demo.token}` } };
const ask = async (path) => (await fetch(`${demo.origin}${path}`, bearer)).json();
const queue = (query) => ask(`/api/v1/review?limit=100${query}`);

/** Opens the queue in a language, filtered by a rule. */
async function openQueue(page, lang, rule, token = demo.token) {
  await page.addInitScript((to) => localStorage.setItem("diachiso.language", to), lang);
  await openDesk(page, demo.origin, token, "#review");
  await page.selectOption("#review-rule", rule);
  await page.locator("#queue:not([aria-busy])").waitFor();
  await page.waitForFunction((r) => [...document.querySelectorAll("#queue .codes")].every((c) => c.textContent.includes(r)), rule);
}

/** Opens a thing by its button in the list, once that is drawn. */
async function look(page, id) {
  await page.locator("#queue:not([aria-busy])").waitFor();
  await page.locator(`#queue [data-id="${id}"]`).focus();
  await page.keyboard.press("Enter");
  await page.locator(`#review-item[data-id="${id}"]`).waitFor();
}

const outcome = (id) => at.page.locator(`#decided-here [data-id="${id}"] .outcome`).innerText();

/** Chooses by letter, signs, and decides by Enter. */
async function decide(letter, why, by) {
  await at.page.keyboard.press(letter);
  if (by && (await at.page.locator("#decide-by").inputValue()) === "") {
    await at.page.locator("#decide-by").pressSequentially(by);
    await at.page.keyboard.press("Tab");
  }
  assert.equal(await at.page.evaluate(() => document.activeElement.id), "decide-why", "Enter comes after the reason");
  await at.page.keyboard.press("ControlOrMeta+a");
  await at.page.keyboard.type(why);
  await at.page.keyboard.press("Enter");
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing to complain of on an open thing, ${colorScheme}, and it fits a telephone`, async () => {
    await at.page.emulateMedia({ colorScheme });
    const { items } = await queue("&rule=R02");
    await openQueue(at.page, "en", "R02");
    await look(at.page, items[0].id);
    await at.page.locator("#review-item").focus();
    await at.page.keyboard.press("w");
    await at.page.locator("#explained[data-settled]").waitFor({ timeout: RUN_SECONDS * 1_000 });
    await at.page.locator("#review-map[data-idle]").waitFor();
    expectRefused(503, { any: true });
    const { violations } = await new AxeBuilder({ page: at.page }).analyze();
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`), []);
    await at.page.setViewportSize({ width: 360, height: 740 });
    const [content, screen] = await at.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= screen, `${content} px of content on ${screen} px`);
  });
}

const SAYS = {
  vi: { one: "khác nhau", bits: /bit/, kept: "Bạn đang giữ", done: /đã thực hiện ở lượt \d+/, back: /đã rút lại ở lượt \d+/, other: "chưa quyết định được", sign: "Hãy ghi người quyết định" },
  en: { one: "differs", bits: /bits in all/, kept: "You keep this one", done: /carried out by run \d+/, back: /taken back by run \d+/, other: "you cannot decide yet", sign: "Say who decides and why" },
};

for (const [n, lang] of ["vi", "en"].entries()) {
  const says = SAYS[lang];

  test(`two records stand side by side with what differs, both points and why; by keyboard it is accepted, and that is taken back (${lang})`, async () => {
    const { items } = await queue("&rule=D03");
    const pairs = items.filter((i) => i.others[0]?.submission?.point && i.submission.point && !i.decision);
    const pair = pairs[n];
    assert.ok(pair, `pairs that wait: ${items.length}`);
    await openQueue(at.page, lang, "D03");
    await look(at.page, pair.id);
    const [one, other] = [pair.submission, pair.others[0].submission];
    const cells = await at.page.locator('#compare-table [data-cell="head"] td').allInnerTexts();
    assert.ok(cells[0].includes(one.head) && cells[1].includes(other.head), cells.join(" | "));
    const marked = await at.page.locator("#compare-table tr:has(.differs)").evaluateAll((all) => all.map((r) => r.dataset.cell));
    const differ = (a, b) => a && b && String(a).toLowerCase() !== String(b).toLowerCase();
    for (const [cell, a, b] of [["phone", one.phone, other.phone], ["members", one.members, other.members], ["collectedOn", one.collected_on, other.collected_on]]) {
      assert.equal(marked.includes(cell), Boolean(differ(a, b)), `${cell}: ${a} and ${b}`);
    }
    if (marked.length > 0) assert.ok((await text("td.differs")).includes(says.one), "told to those who do not see it");
    await at.page.locator("#review-map[data-idle]").waitFor();
    assert.deepEqual(await at.page.locator("#review-map .maplibregl-marker").allInnerTexts(), ["A", "B"]);
    await at.page.locator("#review-item").focus();
    await at.page.keyboard.press("w");
    await at.page.locator("#explained[data-settled]").waitFor({ timeout: RUN_SECONDS * 1_000 });
    assert.match(await text("#explained"), says.bits);
    assert.ok((await at.page.locator(".weights tbody tr").count()) > 3, "weights");

    // Kept from others, its time counted down; let go; kept again. Nothing but keys from here.
    await at.page.keyboard.press("c");
    await eventually(() => text("#claim"), (s) => s.includes(says.kept) && /14:5\d|15:00/.test(s), "kept");
    const first = await text("#claim-left");
    await eventually(() => text("#claim-left"), (s) => s !== first, "counted down");
    await at.page.keyboard.press("c");
    await at.page.locator("#release").waitFor({ state: "detached" });
    assert.equal((await ask(`/api/v1/review/${pair.id}`)).claim, null);
    await at.page.keyboard.press("c");
    await at.page.locator("#release").waitFor();

    // Without a name and a reason nothing is decided.
    await at.page.keyboard.press("a");
    await at.page.keyboard.press("Enter");
    assert.equal((await ask(`/api/v1/review/${pair.id}`)).decision, null);
    await at.page.keyboard.press("Escape");
    await decide("a", "đã hỏi chủ hộ", "Người Duyệt");
    await eventually(() => outcome(pair.id), (s) => says.done.test(s), "carried out", RUN_SECONDS);
    assert.equal((await fetch(`${demo.origin}/api/v1/review/${pair.id}`, bearer)).status, 409, "it waits no more");
    assert.equal(await at.page.locator(`#queue [data-id="${pair.id}"]`).count(), 0);

    // Taken back: it waits as before.
    await at.page.locator("#review-item, #queue button").first().focus();
    await at.page.keyboard.press("z");
    await at.page.keyboard.type("nhầm");
    await at.page.keyboard.press("Enter");
    const stand = at.page.locator("#queue button").first();
    const stood = await stand.getAttribute("data-id");
    await stand.focus();
    await eventually(() => outcome(pair.id), (s) => says.back.test(s), "taken back", RUN_SECONDS);
    await at.page.locator(`#queue [data-id="${pair.id}"]`).waitFor();
    assert.equal(await at.page.evaluate(() => document.activeElement?.dataset.id), stood, "the list was drawn anew under the keyboard");
    const again = await ask(`/api/v1/review/${pair.id}`);
    assert.deepEqual(again.rules, pair.rules);
    expectRefused(409, { any: true });
    expectRefused(503, { any: true });
  });

  test(`who comes second sees who keeps it and for how long, and cannot decide (${lang})`, async () => {
    const { items } = await queue("&rule=M02");
    const item = items.filter((i) => i.rules.length === 1)[n];
    const second = await watched();
    await openQueue(at.page, lang, "M02");
    await openQueue(second, lang, "M02", await addToken(demo, "reviewer:*"));
    await look(at.page, item.id);
    await look(second, item.id);
    await at.page.keyboard.press("c");
    await at.page.locator("#release").waitFor();
    // The other page was open before: keeping it is refused in words, and it says who has it.
    await second.keyboard.press("c");
    await eventually(() => second.locator("#claim").innerText(), (s) => s.includes(says.other) && /1[45]:\d\d/.test(s), "the other sees who keeps it");
    assert.ok(await second.locator("#decide-send").isDisabled());
    await second.keyboard.press("a");
    assert.equal(await second.locator("#decide input:checked").count(), 0, "no choice while another keeps it");
    // Let go: whoever waited may have it.
    await at.page.keyboard.press("c");
    await at.page.locator("#release").waitFor({ state: "detached" });
    await second.click("#queue-again");
    await look(second, item.id);
    await second.keyboard.press("c");
    await second.locator("#release").waitFor();
    await second.keyboard.press("c");
    await second.locator("#release").waitFor({ state: "detached" });
    await second.context().close();
    expectRefused(409);
  });
}

test("a position is chosen on the map, a unit from the list, a row accepted and one refused; a batch's shift is applied", async () => {
  const alone = async (code, ...not) => (await queue(`&rule=${code}`)).items.find((i) => i.kind === "submission" && i.rules.length === 1 && !i.decision && !not.some((n) => n.id === i.id));
  await openQueue(at.page, "vi", "");
  const decided = [];
  const take = async (item, letter, before) => {
    await at.page.selectOption("#review-rule", item.rules[0]);
    await look(at.page, item.id);
    await at.page.keyboard.press(letter);
    await before?.();
    if ((await at.page.inputValue("#decide-by")) === "") await at.page.fill("#decide-by", "Người Duyệt");
    await at.page.fill("#decide-why", "đã xem ảnh");
    await at.page.keyboard.press("Enter");
    await at.page.locator(`#decided-here [data-id="${item.id}"]`).waitFor();
    decided.push(item);
  };
  const stacked = await alone("G09");
  await take(stacked, "p", async () => {
    await at.page.locator("#review-map[data-idle]").waitFor();
    const box = await at.page.locator("#review-map").boundingBox();
    await at.page.mouse.click(box.x + box.width / 2 + 40, box.y + box.height / 2);
    await eventually(() => at.page.inputValue("#decide-point"), (s) => /^16\.\d+, 107\.\d+$/.test(s), "the position clicked");
    assert.equal(await at.page.locator(".pin-chosen").count(), 1);
    const clicked = await at.page.inputValue("#decide-point");
    await at.page.click("#decide-middle");
    assert.notEqual(await at.page.inputValue("#decide-point"), clicked, "the map's middle, for those without a mouse");
  });
  const unit = await alone("A04");
  await take(unit, "u", () => at.page.selectOption("#decide-unit", { index: 1 }));
  const code = await alone("M02");
  await take(code, "a");
  await take(await alone("M02", code), "r");
  const shift = (await queue("&rule=G12")).items.find((i) => i.kind === "proposal");
  await take(shift, "a", async () => {
    assert.match(await text("#proposal"), /\d+ m, góc phương vị/);
  });
  for (const item of decided) {
    await eventually(() => outcome(item.id), (s) => /đã thực hiện ở lượt \d+/.test(s), `${item.rules[0]} carried out`, RUN_SECONDS);
  }
  const verdict = async (item) => (await ask(`/api/v1/submissions/${item.id}`)).verdict;
  assert.equal(await verdict(decided[2]), "accepted");
  assert.equal(await verdict(decided[3]), "rejected");
  assert.equal((await ask(`/api/v1/proposals/${shift.id}`)).status, "applied");
  expectRefused(409, { any: true });
});
