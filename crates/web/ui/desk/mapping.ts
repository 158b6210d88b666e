// Which column of a file is taken for which field, with some of its values; a person may say otherwise.

import { json } from "../api";
import { el } from "../dom";
import { t } from "../i18n";
import { bearer } from "../session";

interface Column {
  number: number;
  letters: string;
  heading: string;
  field: string | null;
  sensitive: boolean;
  samples: string[];
}

interface Columns {
  sheets: { sheet: string | null; header_row: number; columns: Column[]; missing: string[] }[];
  /** Those in `stand_ins` stand together for one that is required and missing. */
  fields: { key: string; title: string; required: boolean; stand_ins: string[] }[];
}

/** A heading as a text of TOML, which writes texts as JSON does. */
const quoted = (text: string): string => JSON.stringify(text);

/** The columns of the file that is chosen. */
export class MappingForm {
  readonly at = el("section", { id: "columns", class: "mapping", hidden: true });
  /** Hears that somebody chose otherwise. */
  changed: () => void = () => undefined;
  private file: File | null = null;
  /** What it is said to hold, as batches name it. */
  private kind = "submissions";
  private told: Columns | null = null;
  /** What was said by hand: the column of a field as TOML writes it, `false` for none. */
  private readonly said = new Map<string, string>();
  private turn = 0;
  /** The row that was taken for the heading where too few of its words are known: it is not found again by itself. */
  private headingRow: number | null = null;
  /** What was said of the file before, under its kind and headings: a mended file has the same. */
  private last = { headings: "", said: new Map<string, string>() };
  /** What was said when the server last agreed: what does not fit is taken back. */
  private agreed = new Map<string, string>();

  constructor(private readonly token: string, private readonly signal: AbortSignal) {}

  /** The mapping file of what was said; empty where nothing was. */
  get text(): string {
    const row = this.headingRow === null ? "" : `heading_row = ${this.headingRow}\n`;
    return this.said.size === 0 ? "" : `${row}[columns]\n${[...this.said].map(([key, column]) => `${key} = ${column}\n`).join("")}`;
  }

  /** What the column of a field is called in the file; where it has none there, in the template. */
  nameOf(key: string): string {
    const own = this.told?.sheets.flatMap((s) => s.columns).find((c) => c.field === key);
    return own?.heading || (this.told?.fields.find((f) => f.key === key)?.title ?? key);
  }

  /** Reads the columns of another file, or of the same as another kind; of none. */
  async read(file: File | null, kind: string): Promise<void> {
    if (this.told && this.said.size > 0) this.last = { headings: this.headings(), said: new Map(this.said) };
    this.file = file;
    this.kind = kind;
    this.said.clear();
    this.agreed.clear();
    this.told = null;
    this.headingRow = null;
    await this.ask();
    if (this.told && this.last.said.size > 0 && this.headings() === this.last.headings) {
      for (const [key, column] of this.last.said) this.said.set(key, column);
      await this.ask();
    }
  }

  private headings(): string {
    return JSON.stringify([this.kind, this.told?.sheets.map((s) => s.columns.map((c) => c.heading))]);
  }

  private async ask(): Promise<void> {
    const mine = (this.turn += 1);
    this.at.hidden = this.file === null;
    if (!this.file) return this.at.replaceChildren();
    delete this.at.dataset.settled;
    const query = new URLSearchParams({ name: this.file.name.slice(0, 120), kind: this.kind });
    if (this.text !== "") query.set("mapping", this.text);
    let wrong = "";
    try {
      const told = await json<Columns>(`/api/v1/check/columns?${query}`, { method: "POST", headers: bearer(this.token), body: this.file, signal: this.signal });
      if (mine !== this.turn) return;
      this.told = told;
      this.agreed = new Map(this.said);
      const [first] = told.sheets;
      if (this.said.size === 0) this.headingRow = told.sheets.length === 1 && first.missing.length > 0 ? first.header_row : null;
    } catch (error) {
      if (mine !== this.turn || this.signal.aborted) return;
      wrong = error instanceof Error ? error.message : String(error);
      this.said.clear();
      for (const [key, column] of this.agreed) this.said.set(key, column);
    }
    this.draw(wrong);
    this.at.dataset.settled = "1";
  }

  private draw(wrong: string): void {
    const focused = this.at.contains(document.activeElement) ? document.activeElement?.id : undefined;
    const { sheets, fields } = this.told ?? { sheets: [], fields: [] };
    const missing = [...new Set(sheets.flatMap((s) => s.missing))].map((title) => {
      const titles = fields.find((f) => f.title === title)?.stand_ins.map((key) => fields.find((f) => f.key === key)?.title ?? key) ?? [];
      return titles.length === 0 ? title : t("orColumns", { title, others: titles.join(" + ") });
    });
    this.at.replaceChildren(
      el("h3", {}, t("mapping")), el("p", { class: "small" }, t("mappingWhy")),
      el("p", { id: "mapping-said", class: `said ${wrong || missing.length > 0 ? "wrong" : ""}`, role: "status" },
        wrong || (missing.length > 0 ? t("mappingMissing", { names: missing.join("; ") }) : this.said.size > 0 ? t("mappingChanged", { n: this.said.size }) : "")),
      ...sheets.map((s, i) => this.table(s.columns, fields, s.sheet, i)),
      this.said.size > 0 && el("div", { class: "buttons" }, el("button", { type: "button", id: "mapping-reset", onclick: () => this.reset() }, t("mappingReset"))) || "");
    if (focused) document.getElementById(focused)?.focus();
  }

  private table(columns: Column[], fields: Columns["fields"], sheet: string | null, at: number): HTMLElement {
    const title = sheet ? `${t("mapping")}: ${sheet}` : t("mapping");
    const row = (c: Column): HTMLElement => {
      const field = el("select", { id: `column-${at}-${c.number}`, "aria-label": t("takenForOf", { column: c.letters }), onchange: () => this.choose(c, field.value) },
        el("option", { value: "" }, c.sensitive ? t("columnDropped") : t("columnUnused")),
        ...fields.map((f) => el("option", { value: f.key }, f.required ? `${f.title} *` : f.title)));
      field.value = c.field ?? "";
      return el("tr", { class: c.field ? "" : "unused", "data-column": c.number },
        el("td", {}, c.letters), el("th", { scope: "row" }, c.heading || "–"), el("td", {}, c.samples.join(" · ")), el("td", {}, field));
    };
    return el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": title }, el("table", { class: "mapping-table" },
      el("thead", {}, el("tr", {}, ...(["column", "headingInFile", "samples", "takenFor"] as const).map((w) => el("th", { scope: "col" }, t(w))))),
      el("tbody", {}, ...columns.map(row))));
  }

  /** Somebody says what a column is. */
  private choose(column: Column, field: string): void {
    const before = column.field;
    // Of a workbook of several sheets a heading says more than a place.
    const place = (this.told?.sheets.length ?? 1) > 1 && column.heading !== "" ? quoted(column.heading) : String(column.number);
    if (before) this.said.set(before, "false");
    if (field) this.said.set(field, place);
    this.changed();
    void this.ask();
  }

  private reset(): void {
    this.said.clear();
    this.changed();
    void this.ask();
  }
}
