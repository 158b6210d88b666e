// Numbers of one unit.

import type { Coverage, Row } from "./api";
import { bar, el } from "./dom";
import { downloadForm } from "./download";
import { count, day, percent } from "./format";
import { t, tOr } from "./i18n";

/** Order of the states: as they are counted. */
const ORDER = ["covered", "pending", "rejected", "none", "absent", "away", "refused", "duplicate_line", "moved", "gone"];

export interface PanelActions {
  close(): void;
  villages(code: string): void;
  zoom(code: string): void;
}

/** Names the denominator: its source and closing date. */
export function denominator(of: Coverage): string {
  return t("denominator", { source: tOr(`source_${of.source}`, of.source), day: day(of.closed_on) });
}

/** "covered / all = percent", or that it is not told. */
function share(covered: number | null, all: number | null): string {
  if (covered === null || all === null) return t("hidden");
  const part = all > 0 ? ` = ${percent((100 * covered) / all)}` : "";
  return `${count(covered)} / ${count(all)}${part}`;
}

function fact(name: string, value: string): HTMLElement {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

/** Counts by a key, those above zero, as names, bars and numbers. */
function tallies(title: string, numbers: Record<string, number>, prefix: "state_" | "class_", whole: number): HTMLElement | null {
  const told = Object.entries(numbers).filter(([, n]) => n > 0);
  if (told.length === 0) return null;
  const lines = told.map(([key, n]) =>
    el("div", {},
      el("dt", {}, tOr(`${prefix}${key}`, key)),
      el("dd", {}, bar(n / whole, prefix === "class_" || key === "covered" ? "" : "gap"), count(n))));
  return el("section", {}, el("h3", {}, title), el("dl", { class: "tallies" }, ...lines));
}

/** Draws the panel of a unit. */
export function drawPanel(at: HTMLElement, row: Row, of: Coverage, notes: string[], actions: PanelActions): void {
  const whole = Math.max(1, Object.values(row.states).reduce((a, b) => a + b, 0));
  const secret = row.poor === null || row.near_poor === null;
  const states = Object.fromEntries(
    Object.entries(row.states).sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b)));
  at.replaceChildren(
    el("header", {},
      el("div", {},
        el("h2", { id: "panel-name" }, row.name),
        el("p", { class: "small" }, `${t(`level_${row.level}`)} · ${t("code", { code: row.code })}`)),
      el("button", { type: "button", class: "close", "aria-label": t("close"), title: t("close"), onclick: actions.close }, "×")),
    el("p", { class: "figure" },
      el("strong", {}, percent(row.percent)), " ",
      el("span", {}, `${count(row.covered)} / ${count(row.households)}`)),
    bar(row.households > 0 ? row.covered / row.households : 0),
    el("p", { class: "small" }, t("ofHouseholds")),
    el("p", { class: "small" }, denominator(of)),
    el("div", { class: "buttons" },
      row.level === "commune" && el("button", { type: "button", class: "primary", onclick: () => actions.villages(row.code) }, t("seeVillages")),
      el("button", { type: "button", onclick: () => actions.zoom(row.code) }, t("zoomTo"))),
    el("dl", { class: "facts" },
      fact(t("persons"), share(row.persons_covered, row.persons)),
      fact(t("poor"), share(row.poor_covered, row.poor)),
      fact(t("nearPoor"), share(row.near_poor_covered, row.near_poor)),
      fact(t("outside"), count(row.outside_list))),
    ...(secret ? [el("p", { class: "small" }, t("hiddenWhy", { n: String(of.suppressed_below) }))] : []),
    ...[
      tallies(t("states"), states, "state_", whole),
      tallies(t("precision"), row.by_class, "class_", Math.max(1, row.covered)),
    ].filter((part) => part !== null),
    downloadForm(row.code),
    ...notes.map((note) => el("p", { class: "small note" }, note)),
  );
}
