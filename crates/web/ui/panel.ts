// Numbers of one unit, beside those of another where one compares.

import type { Coverage, Row } from "./api";
import { bar, el } from "./dom";
import { downloadForm } from "./download";
import { flow, statesOf } from "./flow";
import { count, day, percent } from "./format";
import { t, tOr } from "./i18n";
import { missing } from "./values";

export interface PanelActions {
  close(): void;
  villages(code: string): void;
  zoom(code: string): void;
  compare(code: string | null): void;
}

export interface PanelContent {
  row: Row;
  of: Coverage;
  /** The same unit against every register, where there are several. */
  against: { of: Coverage; row: Row | undefined }[];
  /** The unit compared with. */
  other: Row | null;
  /** Units that can be compared with: code and name. */
  others: [string, string][];
  /** The unit on another day, as a table; null where days are not compared. */
  days: HTMLElement | null;
  notes: string[];
}

/** Names the denominator: its source and closing date. */
export function denominator(of: Coverage): string {
  return t("denominator", { source: sourceName(of.source), day: day(of.closed_on) });
}

/** What a source of registers is called. */
export function sourceName(source: string): string {
  return tOr(`source_${source}`, source);
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

function precision(row: Row): HTMLElement | null {
  const told = Object.entries(row.by_class).filter(([, n]) => n > 0);
  if (told.length === 0) return null;
  const lines = told.map(([key, n]) =>
    el("div", {}, el("dt", {}, tOr(`class_${key}`, key)), el("dd", {}, bar(n / Math.max(1, row.covered)), count(n))));
  return el("section", {}, el("h3", {}, t("precision")), el("dl", { class: "tallies" }, ...lines));
}

function denominators(against: PanelContent["against"]): HTMLElement | null {
  if (against.length < 2) return null;
  const lines = against.map(({ of, row }) => el("tr", {},
    el("th", { scope: "row" }, sourceName(of.source), el("small", {}, day(of.closed_on))),
    el("td", {}, row ? `${count(row.covered)} / ${count(row.households)}` : "–"),
    el("td", {}, row ? count(missing(row)) : "–"),
    el("td", {}, percent(row?.percent))));
  return el("section", {},
    el("h3", {}, t("denominators")),
    el("table", { class: "beside", id: "denominators" },
      el("thead", {}, el("tr", {}, ...[t("register"), t("ofHouseholdsShort"), t("missing"), t("percent")].map((h) => el("th", { scope: "col" }, h)))),
      el("tbody", {}, ...lines)));
}

/** Two units side by side, line by line. */
function comparison(one: Row, other: Row): HTMLElement {
  const line = (name: string, value: (r: Row) => string): HTMLElement =>
    el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, value(one)), el("td", {}, value(other)));
  const states = new Set([...statesOf(one), ...statesOf(other)].map(([state]) => state));
  return el("table", { class: "beside", id: "comparison" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("comparison")), el("th", { scope: "col" }, one.name), el("th", { scope: "col" }, other.name))),
    el("tbody", {},
      line(t("percent"), (r) => percent(r.percent)),
      line(t("households"), (r) => count(r.households)),
      line(t("missing"), (r) => count(missing(r))),
      ...[...states].map((s) => line(tOr(`state_${s}`, s), (r) => count(r.states[s] ?? 0))),
      line(t("state_outside"), (r) => count(r.outside_list)),
      line(t("poor"), (r) => share(r.poor_covered, r.poor))));
}

function compare({ row, other, others }: PanelContent, actions: PanelActions): HTMLElement {
  const choice = el("select", { id: "compare", onchange: (e) => actions.compare((e.target as HTMLSelectElement).value || null) },
    el("option", { value: "" }, t("compareNone")),
    ...others.filter(([code]) => code !== row.code).map(([code, name]) => el("option", { value: code }, name)));
  choice.value = other?.code ?? "";
  return el("section", { class: "compare" }, el("label", { for: "compare" }, t("compareWith")), choice, other && comparison(row, other));
}

/** Draws the panel of a unit. */
export function drawPanel(at: HTMLElement, content: PanelContent, actions: PanelActions): void {
  const { row, of, notes } = content;
  const secret = row.poor === null || row.near_poor === null;
  at.replaceChildren(...[
    el("header", {},
      el("div", {},
        el("h2", { id: "panel-name" }, row.name),
        el("p", { class: "small" }, `${t(`level_${row.level}`)} · ${t("code", { code: row.code })}`)),
      el("button", { type: "button", class: "close", "aria-label": t("close"), title: t("close"), onclick: actions.close }, "×")),
    el("p", { class: "figure" },
      el("strong", {}, percent(row.percent)), " ",
      el("span", {}, `${count(row.covered)} / ${count(row.households)}`)),
    bar(row.households > 0 ? row.covered / row.households : 0),
    el("p", { class: "small" }, `${t("ofHouseholds")} · ${t("missing").toLowerCase()}: ${count(missing(row))}`),
    el("p", { class: "small" }, denominator(of)),
    el("div", { class: "buttons" },
      row.level === "commune" && el("button", { type: "button", class: "primary", onclick: () => actions.villages(row.code) }, t("seeVillages")),
      el("button", { type: "button", onclick: () => actions.zoom(row.code) }, t("zoomTo"))),
    content.days !== null && content.days,
    row.as_of !== undefined && el("p", { class: "small note" }, t("asOfOnly", { day: day(row.as_of) })),
    row.as_of === undefined && flow(row),
    row.as_of === undefined && el("dl", { class: "facts" },
      fact(t("persons"), share(row.persons_covered, row.persons)),
      fact(t("poor"), share(row.poor_covered, row.poor)),
      fact(t("nearPoor"), share(row.near_poor_covered, row.near_poor))),
    ...(secret && row.as_of === undefined ? [el("p", { class: "small" }, t("hiddenWhy", { n: String(of.suppressed_below) }))] : []),
    ...[denominators(content.against), row.as_of === undefined ? precision(row) : null, compare(content, actions)].filter((part) => part !== null),
    downloadForm(row.code),
    ...notes.map((note) => el("p", { class: "small note" }, note)),
  ].filter((part) => part !== false));
}
