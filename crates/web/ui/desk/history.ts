// What was published, run by run, and what each changed; what was handed in. Those who may decide do so here.

import { json } from "../api";
import { el } from "../dom";
import { count } from "../format";
import { t } from "../i18n";
import { type Batch, batches, followBatch, inWords, order } from "./batches";
import { labelled } from "./fields";
import { type Run, moment, runChanges, runLine, runOf, runs } from "./runs";

const ORDERS: Record<string, ("withdraw" | "publish" | "discard")[]> = { published: ["withdraw"], held: ["publish", "discard"] };

/** Draws the part. */
export async function historyPart(at: HTMLElement, token: string): Promise<() => void> {
  const stopped = new AbortController();
  const { run } = await json<{ run: number }>("/api/v1/coverage?level=province");
  const said = el("p", { id: "history-said", class: "said", role: "status" });
  const by = el("input", { id: "by", type: "text", autocomplete: "off", maxlength: 120 });
  const why = el("input", { id: "why", type: "text", autocomplete: "off", maxlength: 300 });
  const body = el("tbody");
  const older = el("button", { type: "button", id: "older", onclick: () => void load() }, t("older"));
  const ledger = el("div", { id: "runs" });
  const olderRuns = el("button", { type: "button", id: "older-runs", onclick: () => void loadRuns() }, t("olderRuns"));
  let before: number | null = null;
  let runsBefore: number | null = null;
  /** Batches by the run that published them. */
  const brought = new Map<number, Batch[]>();

  async function decide(batch: Batch, what: "withdraw" | "publish" | "discard"): Promise<void> {
    said.classList.remove("wrong");
    try {
      if (by.value.trim() === "" || why.value.trim() === "") throw new Error(t("byAndWhy"));
      await order(batch.id, what, by.value.trim(), why.value.trim(), token);
      said.textContent = t("ordered", { id: batch.id });
      await followBatch(batch.id, token, stopped.signal, () => undefined);
      await again();
    } catch (error) {
      if (stopped.signal.aborted) return;
      said.classList.add("wrong");
      said.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  /** A run that opens to what it changed. */
  function runPart(run: Run): HTMLElement {
    const inside = el("div", { class: "run-changes" });
    const mine = brought.get(run.number) ?? [];
    const draw = async (): Promise<void> => {
      if (!part.open || inside.childElementCount > 0) return;
      try {
        inside.replaceChildren(...runChanges(await runOf(token, run.number)),
          el("div", { class: "buttons" }, ...mine.filter((b) => b.state === "published" && !b.ordered).map((b) =>
            el("button", { type: "button", "data-order": "withdraw", onclick: () => void decide(b, "withdraw") }, t("withdrawFile", { name: b.name })))));
      } catch (error) {
        inside.replaceChildren(el("p", { class: "note" }, error instanceof Error ? error.message : String(error)));
      }
    };
    const part: HTMLDetailsElement = el("details", { class: "run", "data-run": run.number, ontoggle: () => void draw() },
      el("summary", {}, ...runLine(run), ...mine.map((b) => el("span", { class: "small" }, ` · ${t("handedInBy", { by: b.by })}`))), inside);
    return part;
  }

  async function loadRuns(): Promise<void> {
    const page = await runs(token, runsBefore);
    ledger.append(...page.runs.map(runPart));
    runsBefore = page.next;
    olderRuns.hidden = runsBefore === null;
  }

  function line(batch: Batch): HTMLElement {
    const orders = batch.ordered ? [] : (ORDERS[batch.state] ?? []);
    const changes = batch.verdicts ? `+${count(batch.verdicts[0])}` : "–";
    return el("tr", { "data-batch": batch.id },
      el("td", {}, String(batch.id)),
      el("th", { scope: "row" }, batch.name, el("small", {}, t(`kind_${batch.kind}` as "kind_submissions"))),
      el("td", {}, moment(batch.received_at), el("small", {}, batch.by)),
      el("td", {}, batch.run === null ? "–" : String(batch.run)),
      el("td", {}, changes),
      el("td", {}, ...inWords(batch).map((words, i) => el("p", { class: i === 0 ? `state state-${batch.state}` : "small" }, words))),
      el("td", {}, ...orders.map((what) => el("button", { type: "button", "data-order": what, onclick: () => void decide(batch, what) }, t(`order_${what}`)))));
  }

  async function load(): Promise<void> {
    const page = await batches(token, before);
    for (const batch of page.batches) if (batch.run !== null) brought.set(batch.run, [...(brought.get(batch.run) ?? []), batch]);
    body.append(...page.batches.map(line));
    before = page.next;
    older.hidden = before === null;
    if (body.childElementCount === 0) body.append(el("tr", {}, el("td", { colspan: 7, class: "empty" }, t("noBatches"))));
  }

  async function again(): Promise<void> {
    before = runsBefore = null;
    brought.clear();
    body.replaceChildren();
    await load();
    ledger.replaceChildren();
    await loadRuns();
  }

  at.append(
    el("h2", {}, t("partHistory")),
    el("p", { class: "small" }, t("newestRun", { run })),
    el("details", { class: "card" }, el("summary", {}, t("decideOnBatches")), el("p", { class: "small" }, t("decideWhy")),
      el("div", { class: "fields" }, labelled(t("by"), by), labelled(t("why"), why))),
    said,
    el("h3", {}, t("runsTitle")), ledger, el("div", { class: "buttons" }, olderRuns),
    el("h3", {}, t("batchesTitle")),
    el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": t("batchesTitle") }, el("table", { id: "history-table" },
      el("thead", {}, el("tr", {}, ...["number", "file", "received", "run", "changes", "became", "decide"].map((w) => el("th", { scope: "col" }, t(w as "file"))))),
      body)),
    el("div", { class: "buttons" }, older));
  await load();
  await loadRuns();
  return () => stopped.abort();
}
