// Runs of the ledger: when, from what, and what each changed.

import { json } from "../api";
import { el } from "../dom";
import { count, percent } from "../format";
import { type Word, language, t, tOr } from "../i18n";
import { bearer } from "../session";

interface Change {
  before: number;
  after: number;
}

interface Changes {
  households: Change;
  covered: Change;
  verdicts: Record<string, Change>;
  states: Record<string, Change>;
  outside_list: Change;
  villages_changed: number;
  villages?: { code: string; name: string; households: Change; covered: Change; pending: Change }[];
  decisions: { kind: string; choice: string; by: string; count: number }[];
}

export interface Run {
  number: number;
  at: string;
  rule_version: number;
  files: { name: string; kind: string }[];
  changes: Changes | null;
}

/** Runs before a number, newest first. */
export async function runs(token: string, before: number | null): Promise<{ runs: Run[]; next: number | null }> {
  return json(`/api/v1/runs?limit=20${before === null ? "" : `&before=${before}`}`, { headers: bearer(token) });
}

/** One run, with its villages. */
export async function runOf(token: string, number: number): Promise<Run> {
  return json(`/api/v1/runs/${number}`, { headers: bearer(token) });
}

/** A moment as people read it. */
export function moment(iso: string): string {
  return new Intl.DateTimeFormat(language() === "vi" ? "vi-VN" : "en-GB", { dateStyle: "short", timeStyle: "short" }).format(new Date(iso));
}

/** A difference, with its sign; ±0 where there is none. */
export function signed(n: number): string {
  return n === 0 ? "±0" : `${n > 0 ? "+" : "−"}${count(Math.abs(n))}`;
}

const share = (covered: number, households: number): number | null => (households === 0 ? null : (100 * covered) / households);

/** A run in one line. */
export function runLine(run: Run): HTMLElement[] {
  const files = run.files.map((f) => f.name).join(", ");
  const decided = run.changes?.decisions.reduce((n, d) => n + d.count, 0) ?? 0;
  const what = [files, decided > 0 && t("nDecisions", { n: count(decided) })].filter(Boolean).join(" · ") || t("nothingNew");
  const changed = run.changes === null ? t("changesUnknown")
    : t("runChanged", { change: signed(run.changes.covered.after - run.changes.covered.before), villages: count(run.changes.villages_changed) });
  return [el("strong", {}, t("runNumber", { n: run.number })), el("span", { class: "small" }, ` ${moment(run.at)} · `), el("span", {}, what), el("span", { class: "changed" }, changed)];
}

function table(title: string, rows: [string, Change][]): HTMLElement | null {
  const other = rows.filter(([, c]) => c.before !== c.after);
  if (other.length === 0) return null;
  return el("table", { class: "changes" }, el("caption", {}, title),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, title), ...(["before", "after", "changed"] as const).map((w) => el("th", { scope: "col" }, t(w))))),
    el("tbody", {}, ...other.map(([name, c]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, count(c.before)), el("td", {}, count(c.after)),
      el("td", {}, signed(c.after - c.before))))));
}

/** What a run changed: coverage, rows, households, villages, and who decided what. */
export function runChanges({ changes }: Run): HTMLElement[] {
  if (!changes) return [el("p", {}, t("changesUnknown"))];
  const { covered, households } = changes;
  const told: (HTMLElement | null)[] = [
    el("p", { class: "coverage-change" }, t("coverageChange", {
      before: percent(share(covered.before, households.before)), after: percent(share(covered.after, households.after)),
      covered: count(covered.before), households: count(households.before), coveredNow: count(covered.after), householdsNow: count(households.after) })),
    changes.decisions.length > 0 ? el("ul", { class: "small" }, ...changes.decisions.map((d) =>
      el("li", {}, t("decidedBy", { what: tOr(`decided_${d.kind}_${d.choice}`, `${d.kind} ${d.choice}`), n: count(d.count), by: d.by })))) : null,
    table(t("rowsByVerdict"), Object.entries(changes.verdicts).map(([key, c]) => [tOr(`verdict_${key}`, key), c])),
    table(t("householdsByState"), [...Object.entries(changes.states).map(([key, c]): [string, Change] => [tOr(`state_${key}`, key), c]), [t("state_outside"), changes.outside_list]]),
    villages(changes),
  ];
  return told.filter((n): n is HTMLElement => n !== null);
}

function villages({ villages: all = [] }: Changes): HTMLElement {
  if (all.length === 0) return el("p", { class: "small" }, t("noVillages"));
  const heads: Word[] = ["villages", "covered", "households", "state_pending", "percent"];
  const cell = (c: Change): string => (c.before === c.after ? count(c.after) : `${count(c.before)} → ${count(c.after)}`);
  return el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": t("villagesChanged") }, el("table", { class: "villages-changed" },
    el("caption", {}, t("villagesChanged")),
    el("thead", {}, el("tr", {}, ...heads.map((w) => el("th", { scope: "col" }, t(w))))),
    el("tbody", {}, ...all.map((v) => el("tr", { "data-village": v.code }, el("th", { scope: "row" }, v.name, el("small", {}, v.code)),
      el("td", {}, cell(v.covered)), el("td", {}, cell(v.households)), el("td", {}, cell(v.pending)),
      el("td", {}, `${percent(share(v.covered.before, v.households.before))} → ${percent(share(v.covered.after, v.households.after))}`))))));
}
