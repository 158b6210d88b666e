// Results of visits: a filled gap list is loaded back and told in plain words, with the rows to mend; what takes a household
// out of the denominator waits for somebody else; everything on record can be taken back.

import * as api from "../api";
import { el } from "../dom";
import { count, day as dayOf } from "../format";
import { type Word, either, t } from "../i18n";
import { areaChoices, labelled, select } from "./fields";
import { type Order, type Reject, type Result, Results, STATES, type Taken, WORDS } from "./results_api";
import { ResultTable, countedWords } from "./results_list";

/** Rows to mend that are listed on the page; the next are told once these are mended. */
const LISTED = 200;

/** What is looked at and who signs, kept while the page is open. */
const kept = { area: "", by: "", why: "" };

/** Today in Vietnam, where the visits are. */
function today(): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" }).format(new Date());
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function rejectTable(rejects: Reject[], all: number): HTMLElement {
  const title = t("toMend", { n: count(all) });
  const heads: Word[] = ["fileRow", "column", "value", "whatIsWrong", "whatToDo"];
  return el("div", {}, el("h3", { id: "rejects-title", tabindex: -1 }, title),
    el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": title }, el("table", { id: "rejects" },
      el("thead", {}, el("tr", {}, ...heads.map((w) => el("th", { scope: "col" }, t(w))))),
      el("tbody", {}, ...rejects.slice(0, LISTED).map((r) => el("tr", { "data-fault": r.fault },
        el("th", { scope: "row" }, String(r.row), r.sheet !== null && el("small", {}, r.sheet)),
        el("td", {}, r.column || "–"), el("td", {}, r.value || "–"), el("td", {}, either(r.vi, r.en)), el("td", {}, either(r.advice_vi, r.advice_en))))))),
    all > LISTED && el("p", { class: "small" }, t("rejectsMore", { n: count(LISTED) })),
    el("p", { class: "small" }, t("rejectsHow")));
}

/** Draws the part. */
export async function resultsPart(at: HTMLElement, token: string): Promise<() => void> {
  const stopped = new AbortController();
  const results = new Results(token, stopped.signal);
  const { areas: units } = await api.areas();
  /** What was ordered here and is not carried out yet. */
  const ordered = new Map<string, Order>();
  let key = crypto.randomUUID();

  const file = el("input", { id: "filled", type: "file", required: true, accept: ".xlsx,.csv,.ods,.xls,.txt" });
  const day = el("input", { id: "visit-day", type: "date", required: true, max: today() });
  const by = el("input", { id: "visit-by", type: "text", required: true, maxlength: 120, autocomplete: "off" });
  const send = el("button", { type: "submit", id: "load-results", class: "primary" }, t("loadResults"));
  const said = el("p", { id: "load-said", class: "said", role: "status" });
  const outcome = el("div", { id: "loaded" });
  const judge = el("input", { id: "judge-by", type: "text", maxlength: 120, autocomplete: "off", oninput: () => (kept.by = judge.value) });
  const why = el("input", { id: "judge-why", type: "text", maxlength: 300, autocomplete: "off", oninput: () => (kept.why = why.value) });
  const judged = el("p", { id: "judge-said", class: "said", role: "status" });
  const told = el("p", { id: "results-count", class: "small", role: "status" });
  [day.value, judge.value, why.value] = [today(), kept.by, kept.why];

  function tell(at: HTMLElement, words: string, wrong = false): void {
    at.classList.toggle("wrong", wrong);
    at.textContent = words;
  }
  const failing = (at: HTMLElement) => (error: unknown): void => {
    if (!stopped.signal.aborted) tell(at, message(error), true);
  };

  const around = { results, ordered: (id: string) => ordered.get(id) ?? null, order, fail: failing(judged) };
  const taken: Order[] = ["withdraw"];
  const pending = new ResultTable({ id: "waiting-results", title: "waitForApproval", empty: "nothingWaits",
    orders: (r) => (r.mine ? taken : ["approve", "refuse", "withdraw"]) }, around);
  const fresh = new ResultTable({ id: "new-households", title: "newHouseholds", empty: "noNewHouseholds", orders: () => taken }, around);
  const all = new ResultTable({ id: "all-results", title: "onRecord", empty: "noResults", orders: () => taken }, around);
  const lists = [pending, fresh, all];
  const shown = { state: "", word: "" };
  const [areaField, area] = select("results-area", t("area"), [["", t("everything")], ...areaChoices(units)], (v) => {
    kept.area = v;
    void read().catch(failing(judged));
  });
  area.value = kept.area;
  const filter = (id: string, label: Word, options: [string, string][], set: (v: string) => void): HTMLElement =>
    select(id, t(label), [["", t("everything")], ...options], (v) => {
      set(v);
      void readAll().catch(failing(judged));
    })[0];
  const filters = el("div", { class: "fields" },
    filter("results-state", "approval", STATES.map((s) => [s, t(`judged_${s}`)]), (v) => (shown.state = v)),
    filter("results-word", "result", WORDS.map((w) => [w, t(`result_${w}`)]), (v) => (shown.word = v)));

  const readAll = async () => all.load({ area: kept.area, ...shown });

  /** Reads all lists anew. */
  async function read(): Promise<void> {
    const [first] = await Promise.all([pending.load({ area: kept.area, state: "pending" }), fresh.load({ area: kept.area, word: "new" }), readAll()]);
    if (!first) return;
    const { run } = first;
    told.textContent = `${countedWords(STATES.map((s) => [`judged_${s}`, first.counts[s]])) || t("noResults")} ${t("newestRun", { run })}`;
  }

  /** What was read, in plain words. */
  function drawTaken(told: Taken): void {
    const recorded = WORDS.reduce((n, w) => n + told.recorded[w], 0);
    const again = el("button", { type: "button", id: "load-again", onclick: () => {
      file.value = "";
      chosen();
      file.focus();
    } }, t("loadAgain"));
    const lines: [string, string | false][] = [
      ["recorded", t("readResults", { n: count(recorded), day: dayOf(told.day) })],
      ["pending", told.pending > 0 && t("readPending", { n: count(told.pending) })],
      ["repeated", told.repeated > 0 && t("readRepeated", { n: count(told.repeated) })],
      ["ignored", t("readIgnored", { n: count(told.ignored) })],
      ["rejected", told.rejected > 0 ? t("readRejected", { n: count(told.rejected) }) : t("readWhole")],
    ];
    outcome.replaceChildren(
      el("h3", { id: "loaded-title", tabindex: -1 }, t("whatWasRead")),
      el("ul", { class: "read" }, ...lines.map(([id, words]) => words !== false && el("li", { "data-read": id, class: id === "rejected" && told.rejected > 0 ? "faulty" : null }, words))),
      recorded > 0 && el("table", { id: "read-words", class: "changes" }, el("caption", {}, t("resultsByWord")),
        el("thead", {}, el("tr", {}, ...(["result", "rows", "becomes"] as const).map((w) => el("th", { scope: "col" }, t(w))))),
        el("tbody", {}, ...WORDS.filter((w) => told.recorded[w] > 0).map((w) => el("tr", { "data-word": w },
          el("th", { scope: "row" }, t(`result_${w}`)), el("td", {}, count(told.recorded[w])), el("td", {}, t(`becomes_${w}`)))))) || "",
      told.rejects.length > 0 ? rejectTable(told.rejects, told.rejected) : "",
      el("div", { class: "buttons" }, again));
    outcome.querySelector<HTMLElement>("#loaded-title")?.focus();
  }

  function chosen(): void {
    key = crypto.randomUUID();
    outcome.replaceChildren();
    tell(said, "");
  }

  async function load(): Promise<void> {
    const [picked] = file.files ?? [];
    if (!picked) return;
    send.disabled = true;
    tell(said, t("looking"));
    try {
      const answer = await results.handIn(picked, day.value, by.value.trim(), key);
      drawTaken(answer);
      send.disabled = false;
      if (answer.order === null) return tell(said, t("nothingNewRead"));
      tell(said, t("puttingOnRecord", { order: answer.order }));
      const mine = key;
      const done = await results.carriedOut(answer.order);
      await read();
      // Another file may have been chosen meanwhile.
      if (mine === key) tell(said, done === null ? t("stillWaits") : t("onRecordNow", { run: done }));
    } catch (error) {
      send.disabled = false;
      failing(said)(error);
    }
  }

  /** Orders something of a result, and follows it until a run has carried it out. */
  async function order(result: Result, what: Order): Promise<void> {
    const [name, reason] = [judge.value.trim(), why.value.trim()];
    if (name === "" || reason === "") {
      tell(judged, t("byAndWhyHere"), true);
      return (name === "" ? judge : why).focus();
    }
    try {
      const number = await results.order(result.id, what, name, reason);
      ordered.set(result.id, what);
      const words = `${t(`order_${what}`)}: ${result.head ?? result.household ?? ""}`;
      tell(judged, `${words} · ${t("carryingOut")}`);
      for (const list of lists) list.draw();
      let done: number | null = null;
      try {
        done = await results.carriedOut(number);
      } finally {
        ordered.delete(result.id);
        await read();
      }
      tell(judged, done === null ? t("stillWaits") : `${words} · ${t("carriedOut", { run: done })}`, done === null);
    } catch (error) {
      failing(judged)(error);
    }
  }

  const submit = (event: Event): void => {
    event.preventDefault();
    void load();
  };
  file.addEventListener("change", chosen);
  for (const field of [day, by]) field.addEventListener("input", () => (key = crypto.randomUUID()));
  await read();
  at.append(
    el("h2", {}, t("partResults")),
    el("form", { class: "card", id: "load", onsubmit: submit },
      el("h3", {}, t("loadResults")), el("p", { class: "small" }, t("loadWhy")),
      el("div", { class: "fields" }, labelled(t("filledList"), file), labelled(t("visitedOn"), day), labelled(t("broughtBy"), by)),
      el("div", { class: "buttons" }, send), said, outcome),
    el("div", { class: "card" },
      el("h3", {}, t("decideOnResults")), el("p", { class: "small" }, t("decideOnResultsWhy")),
      el("div", { class: "fields" }, areaField, labelled(t("by"), judge), labelled(t("why"), why)), judged, told),
    pending.at, fresh.at, all.at);
  all.at.querySelector("h3")?.after(filters);
  return () => stopped.abort();
}
