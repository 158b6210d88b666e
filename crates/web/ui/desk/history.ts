// What was handed in and what each batch changed, newest first; those who may decide do so here.

import { json } from "../api";
import { el } from "../dom";
import { count } from "../format";
import { language, t } from "../i18n";
import { type Batch, batches, followBatch, inWords, order } from "./batches";

const ORDERS: Record<string, ("withdraw" | "publish" | "discard")[]> = { published: ["withdraw"], held: ["publish", "discard"] };

function moment(iso: string): string {
  return new Intl.DateTimeFormat(language() === "vi" ? "vi-VN" : "en-GB", { dateStyle: "short", timeStyle: "short" }).format(new Date(iso));
}

/** Draws the part. */
export async function historyPart(at: HTMLElement, token: string): Promise<() => void> {
  const stopped = new AbortController();
  const { run } = await json<{ run: number }>("/api/v1/coverage?level=province");
  const said = el("p", { id: "history-said", class: "said", role: "status" });
  const by = el("input", { id: "by", type: "text", autocomplete: "off", maxlength: 120 });
  const why = el("input", { id: "why", type: "text", autocomplete: "off", maxlength: 300 });
  const body = el("tbody");
  const older = el("button", { type: "button", id: "older", onclick: () => void load() }, t("older"));
  let before: number | null = null;

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
    body.append(...page.batches.map(line));
    before = page.next;
    older.hidden = before === null;
    if (body.childElementCount === 0) body.append(el("tr", {}, el("td", { colspan: 7, class: "empty" }, t("noBatches"))));
  }

  async function again(): Promise<void> {
    before = null;
    body.replaceChildren();
    await load();
  }

  const field = (label: string, input: HTMLElement): HTMLElement => el("label", { class: "field", for: input.id }, el("span", {}, label), input);
  at.append(
    el("h2", {}, t("partHistory")),
    el("p", { class: "small" }, t("newestRun", { run })),
    el("details", { class: "card" }, el("summary", {}, t("decideOnBatches")), el("p", { class: "small" }, t("decideWhy")),
      el("div", { class: "fields" }, field(t("by"), by), field(t("why"), why))),
    said,
    el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": t("partHistory") }, el("table", { id: "history-table" },
      el("thead", {}, el("tr", {}, ...["number", "file", "received", "run", "changes", "became", "decide"].map((w) => el("th", { scope: "col" }, t(w as "file"))))),
      body)),
    el("div", { class: "buttons" }, older));
  await load();
  return () => stopped.abort();
}
