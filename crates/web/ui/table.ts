// The units as a table: sortable, its rows tied to the map.

import type { Counts, Coverage, Row } from "./api";
import { bar, el } from "./dom";
import { count, percent } from "./format";
import { type Word, language, t } from "./i18n";
import { missing } from "./values";

type Column = "name" | "covered" | "households" | "missing" | "percent" | "poor";

const COLUMNS: [Column, Word][] = [
  ["name", "unit"],
  ["covered", "covered"],
  ["households", "households"],
  ["missing", "missing"],
  ["percent", "percent"],
  ["poor", "poorShort"],
];

export interface TableActions {
  /** `keyed`: by the keyboard, so that the focus should follow. */
  choose(code: string, keyed: boolean): void;
  chooseTotal: ((keyed: boolean) => void) | null;
  point(code: string | null): void;
  /** What tells units of one name apart: the name of the unit above; null where all have the same. */
  above(row: Row): string | null;
}

/** The table; keeps its order between drawings. */
export class Table {
  private column: Column = "percent";
  private rising = true;
  private drawn: [Coverage, TableActions] | null = null;
  private selected: string | null = null;

  constructor(private readonly at: HTMLTableElement) {}

  /** Draws the rows and their sum. */
  draw(of: Coverage, actions: TableActions): void {
    this.drawn = [of, actions];
    const focused = this.focused();
    const rows = [...of.rows].sort((a, b) => this.compare(a, b));
    this.at.replaceChildren(
      el("caption", {}, t("caption")),
      el("thead", {}, el("tr", {}, ...COLUMNS.map(([c, w]) => this.heading(c, w)))),
      el("tbody", {}, ...(rows.length > 0 ? rows.map((r) => this.row(r, actions)) : [
        el("tr", {}, el("td", { colspan: COLUMNS.length, class: "empty" }, t("tableEmpty"))),
      ])),
      el("tfoot", {}, el("tr", {}, el("th", { scope: "row" }, this.total(actions)), ...cells(of.total))),
    );
    this.select(this.selected, false);
    if (focused) this.at.querySelector<HTMLElement>(focused)?.focus({ preventScroll: true });
  }

  /** Gives the focus to the row of a unit; whether there is one. */
  focus(code: string): boolean {
    const button = this.at.querySelector<HTMLElement>(`tr[data-code="${CSS.escape(code)}"] button`);
    button?.focus({ preventScroll: true });
    return button !== null;
  }

  /** What finds the focused button of the table again after drawing. */
  private focused(): string | null {
    const at = document.activeElement;
    if (!(at instanceof HTMLElement) || !this.at.contains(at)) return null;
    if (at.dataset.sort) return `[data-sort="${at.dataset.sort}"]`;
    const code = at.closest<HTMLElement>("tr")?.dataset.code;
    return code ? `tr[data-code="${CSS.escape(code)}"] button` : "tfoot button";
  }

  /** Marks the selected unit, and brings it into view where asked. */
  select(code: string | null, scroll = true): void {
    this.selected = code;
    for (const row of this.at.querySelectorAll<HTMLElement>("tbody tr[data-code]")) {
      const mine = row.dataset.code === code;
      row.classList.toggle("selected", mine);
      row.querySelector("button")?.setAttribute("aria-pressed", String(mine));
      if (mine && scroll) row.scrollIntoView({ block: "nearest" });
    }
  }

  /** Marks the unit under the pointer on the map. */
  point(code: string | null): void {
    for (const row of this.at.querySelectorAll<HTMLElement>("tbody tr[data-code]")) {
      row.classList.toggle("pointed", row.dataset.code === code);
    }
  }

  private heading(column: Column, word: Word): HTMLElement {
    const mine = column === this.column;
    const sort = (): void => {
      this.rising = mine ? !this.rising : column === "name" || column === "percent";
      this.column = column;
      if (this.drawn) this.draw(...this.drawn);
    };
    const mark = mine ? (this.rising ? "↑" : "↓") : "";
    return el("th", { scope: "col", "aria-sort": mine ? (this.rising ? "ascending" : "descending") : "none" },
      el("button", { type: "button", "data-sort": column, title: t("sort", { column: t(word) }), onclick: sort },
        t(word), el("span", { "aria-hidden": "true" }, mark)));
  }

  private row(row: Row, actions: TableActions): HTMLElement {
    const above = actions.above(row);
    return el("tr", {
      "data-code": row.code,
      onclick: (e) => actions.choose(row.code, byKeyboard(e)),
      onmouseenter: () => actions.point(row.code),
      onmouseleave: () => actions.point(null),
      onfocusin: () => actions.point(row.code),
      onfocusout: () => actions.point(null),
    }, el("th", { scope: "row" }, el("button", { type: "button", "aria-pressed": "false" }, row.name, above && el("small", {}, above))), ...cells(row));
  }

  private total(actions: TableActions): HTMLElement | string {
    const { chooseTotal } = actions;
    return chooseTotal ? el("button", { type: "button", onclick: (e) => chooseTotal(byKeyboard(e)) }, t("total")) : t("total");
  }

  private compare(a: Row, b: Row): number {
    const names = new Intl.Collator(language(), { numeric: true }).compare(a.name, b.name);
    const sign = this.rising ? 1 : -1;
    const { column } = this;
    if (column === "name") return sign * names;
    const value = (row: Row): number => (column === "missing" ? missing(row) : (row[column] ?? -1));
    return sign * (value(a) - value(b)) || names;
  }
}

/** A click that no pointer made. */
function byKeyboard(event: Event): boolean {
  return (event as MouseEvent).detail === 0;
}

function cells(c: Counts): HTMLElement[] {
  const poor = c.as_of ? "–" : c.poor === null || c.poor_covered === null ? t("hidden") : `${count(c.poor_covered)}/${count(c.poor)}`;
  return [
    el("td", {}, count(c.covered)),
    el("td", {}, count(c.households)),
    el("td", {}, count(missing(c))),
    el("td", { class: "percent" }, percent(c.percent), bar((c.percent ?? 0) / 100)),
    el("td", { class: c.poor === null ? "hidden-number" : "" }, poor),
  ];
}
