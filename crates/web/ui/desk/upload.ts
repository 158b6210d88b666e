// Handing a file in: what each column is taken for, to be changed where it is wrong, and what would come of the rows first;
// then the batch, followed until it rests; then what is to be mended, and the mended file again.

import { Refusal, json } from "../api";
import { bar, el } from "../dom";
import { count } from "../format";
import { either, t } from "../i18n";
import { bearer, fetchFile } from "../session";
import { type Batch, followBatch, handIn, inWords, progressOf } from "./batches";
import { labelled } from "./fields";
import { MappingForm } from "./mapping";

interface Check {
  unread_sheets: { sheet: string; rows: number; why: string }[];
  rows_read: number;
  verdicts: { accepted: number; held: number; duplicate: number; rejected: number };
  skipped: Record<string, number>;
  rules: {
    code: string; severity: string; findings: number; message_vi: string; message_en: string; advice_vi: string; advice_en: string;
    examples: { rows: number[]; column: string; original: string; replacement: string | null }[];
  }[];
}

interface Finding {
  file: string;
  row: number;
  verdict: string;
  code: string;
  field: string | null;
  original: string | null;
  replacement: string | null;
  message_vi: string;
  message_en: string;
  advice_vi: string;
  advice_en: string;
}

const KINDS = ["submissions", "register", "poor"] as const;

/** Findings listed on the page; the file holds all. */
const LISTED = 100;

/** Sheets of a workbook whose rows are asked for. */
const SHEETS = 20;

/** The sheet in the name of a table, `phieu.xlsx [Thôn A]`. */
const sheetOf = (table: string): string => / \[(.*)\]$/.exec(table)?.[1] ?? table;

/** What one rule noticed, with the first rows. */
function ruleLine(rule: Check["rules"][number]): HTMLElement {
  const example = (e: Check["rules"][number]["examples"][number]): string => {
    const rows = e.rows.slice(0, 5).join(", ");
    const told = e.column || e.original ? t("exampleRow", { rows, column: e.column || "–", original: e.original || "–" }) : t("exampleRows", { rows });
    return told + (e.replacement ? ` → ${e.replacement}` : "");
  };
  return el("li", { class: `severity-${rule.severity}` },
    el("strong", {}, `${rule.code} · ${either(rule.message_vi, rule.message_en)}`), ` · ${t("nRows", { n: count(rule.findings) })}`,
    either(rule.advice_vi, rule.advice_en) !== "" && el("p", {}, either(rule.advice_vi, rule.advice_en)),
    ...rule.examples.slice(0, 2).map((e) => el("p", { class: "small" }, example(e))));
}

function drawCheck(at: HTMLElement, check: Check): void {
  const v = check.verdicts;
  const grave = check.rules.filter((r) => r.severity === "E" || r.severity === "R");
  const others = check.rules.filter((r) => !grave.includes(r));
  const skipped = Object.values(check.skipped).reduce((a, b) => a + b, 0);
  at.replaceChildren(
    el("h3", {}, t("checkResult")),
    el("p", { id: "check-words" }, t("checkWords", {
      rows: count(check.rows_read), accepted: count(v.accepted), held: count(v.held), duplicate: count(v.duplicate), rejected: count(v.rejected), skipped: count(skipped) })),
    ...check.unread_sheets.map((s) => el("p", { class: "small" }, t("unreadSheet", { sheet: s.sheet, rows: count(s.rows) }))),
    grave.length > 0 ? el("h3", {}, t("rulesSpoke")) : "",
    grave.length > 0 ? el("ul", { class: "rules" }, ...grave.map(ruleLine)) : "",
    others.length > 0 ? el("details", { class: "folded" }, el("summary", {}, t("rulesOther", { n: count(others.length) })),
      el("ul", { class: "rules" }, ...others.map(ruleLine))) : "");
}

/** Draws the part. */
export async function uploadPart(at: HTMLElement, token: string): Promise<() => void> {
  const stopped = new AbortController();
  let key = crypto.randomUUID();
  const kind = el("select", { id: "kind" }, ...KINDS.map((k) => el("option", { value: k }, t(`kind_${k}`))));
  const file = el("input", { id: "file", type: "file", required: true, accept: ".csv,.xlsx,.xls,.ods,.json,.geojson,.zip,.gpkg,.txt" });
  const basis = el("input", { id: "basis", type: "text", required: true, maxlength: 300, autocomplete: "off" });
  const purpose = el("input", { id: "batch-purpose", type: "text", required: true, maxlength: 300, autocomplete: "off" });
  purpose.value = t("purposeCollect");
  const look = el("button", { type: "submit", id: "look" }, t("lookFirst"));
  const send = el("button", { type: "button", id: "send", class: "primary", onclick: () => void hand() }, t("handIn"));
  const said = el("p", { id: "upload-said", class: "said", role: "status" });
  const columns = new MappingForm(token, stopped.signal);
  const preview = el("div", { id: "preview" });
  const outcome = el("div", { id: "outcome", role: "status" });
  const mend = el("div", { id: "mend" });

  function tell(words: string, wrong = false): void {
    said.classList.toggle("wrong", wrong);
    said.textContent = words;
  }
  const fail = (error: unknown): void => {
    if (!stopped.signal.aborted) tell(error instanceof Error ? error.message : String(error), true);
  };
  const chosen = (): File | null => file.files?.[0] ?? null;
  const ready = (): void => {
    key = crypto.randomUUID();
    preview.replaceChildren();
    tell("");
    send.disabled = !chosen();
    look.hidden = kind.value !== "submissions";
    void columns.read(chosen(), kind.value);
  };

  /** What would come of the file; nothing of it is kept. */
  async function check(): Promise<void> {
    const picked = chosen();
    if (!picked) return;
    tell(t("looking"));
    const query = new URLSearchParams({ name: picked.name.slice(0, 120), legal_basis: String(basis.value.trim() !== "") });
    if (columns.text !== "") query.set("mapping", columns.text);
    try {
      drawCheck(preview, await json<Check>(`/api/v1/check?${query}`, { method: "POST", headers: bearer(token), body: picked, signal: stopped.signal }));
      tell(t("looked"));
    } catch (error) {
      fail(error);
    }
  }

  async function hand(): Promise<void> {
    const picked = chosen();
    if (!picked || !form.reportValidity()) return;
    send.disabled = true;
    mend.replaceChildren();
    tell(t("sending"));
    try {
      const words = { kind: kind.value, legal_basis: basis.value.trim(), purpose: purpose.value.trim(), ...(columns.text === "" ? {} : { mapping: columns.text }) };
      const id = await handIn(picked, words, key, token);
      tell(t("sent", { id }));
      let last: Batch | null = null;
      await followBatch(id, token, stopped.signal, (batch) => drawBatch((last = batch)));
      if (last) await toMend(last);
    } catch (error) {
      fail(error);
      send.disabled = false;
    }
  }

  function drawBatch(batch: Batch): void {
    const far = progressOf(batch);
    outcome.replaceChildren(
      el("h3", {}, t("batch", { id: batch.id, name: batch.name })),
      ...inWords(batch).map((line, i) => el("p", { class: i === 0 ? `state state-${batch.state}` : "" }, line)),
      ...(far ? [bar(far.share ?? 0), el("p", { class: "small" }, far.words)] : []));
  }

  /** Rows that somebody must mend, and the way to hand the mended file in. */
  async function toMend(batch: Batch): Promise<void> {
    const again = el("button", { type: "button", id: "again", onclick: () => {
      file.value = "";
      ready();
      mend.replaceChildren();
      outcome.replaceChildren();
      file.focus();
    } }, t("mendAgain"));
    if (batch.state === "failed" || batch.tables.length === 0) {
      return mend.replaceChildren(el("div", { class: "buttons" }, again));
    }
    const path = (table: string, more: string): string => `/api/v1/report?file=${encodeURIComponent(table)}${more}`;
    const rows: Finding[] = [];
    const tables = batch.tables.slice(0, SHEETS);
    try {
      for (const table of tables) {
        rows.push(...(await json<{ rows: Finding[] }>(path(table, "&limit=1000"), { headers: bearer(token), signal: stopped.signal })).rows);
      }
    } catch (error) {
      // The report is about everything: who has a part of the units sees the rows in the check above instead.
      if (!(error instanceof Refusal && error.status === 403)) throw error;
    }
    const bad = rows.filter((r) => r.verdict === "rejected" || r.verdict === "held");
    // Lines of a register are told to those whose grant holds everywhere.
    if (batch.kind !== "submissions" && bad.length === 0) return mend.replaceChildren(el("div", { class: "buttons" }, again));
    const download = (table: string): void => void fetchFile(path(table, "&format=csv"), token, t("purposeMend"), "bao-cao.csv")
      .then(({ name, bytes }) => tell(t("downloaded", { name, size: count(Math.ceil(bytes / 1000)) }))).catch(fail);
    mend.replaceChildren(
      el("h3", {}, t("toMend", { n: count(bad.length) })),
      bad.length > 0 && el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": t("toMend", { n: count(bad.length) }) }, el("table", { id: "mend-table" },
        el("thead", {}, el("tr", {}, ...["fileRow", "column", "value", "code_", "whatIsWrong", "proposal"].map((w) => el("th", { scope: "col" }, t(w as "column"))))),
        el("tbody", {}, ...bad.slice(0, LISTED).map((r) => el("tr", {},
          el("td", {}, String(r.row), tables.length > 1 && el("small", {}, sheetOf(r.file))), el("td", {}, r.field ? columns.nameOf(r.field) : "–"),
          el("td", {}, r.original ?? ""), el("td", {}, r.code),
          el("td", {}, either(r.message_vi, r.message_en)), el("td", {}, r.replacement ?? either(r.advice_vi, r.advice_en))))))) || "",
      el("p", { class: "small" }, t("mendHow")),
      el("div", { class: "buttons" }, ...tables.map((table, i) =>
        el("button", { type: "button", id: i === 0 ? "mend-csv" : `mend-csv-${i}`, onclick: () => download(table) },
          tables.length > 1 ? `${t("mendDownload")}: ${sheetOf(table)}` : t("mendDownload"))), again));
  }

  const submit = (event: Event): void => {
    event.preventDefault();
    void check();
  };
  const form = el("form", { class: "card", onsubmit: submit },
    el("h2", {}, t("partUpload")),
    el("p", { class: "small" }, t("uploadWhy")),
    el("div", { class: "fields" }, labelled(t("kind"), kind), labelled(t("file"), file), labelled(t("legalBasis"), basis), labelled(t("batchPurpose"), purpose)),
    el("div", { class: "buttons" }, look, send), said);
  file.addEventListener("change", ready);
  kind.addEventListener("change", ready);
  ready();
  columns.changed = () => {
    // The same file under other columns is another batch.
    key = crypto.randomUUID();
    preview.replaceChildren();
  };
  // What comes of it stands where one looks: above the columns, of which there may be many.
  at.append(form, outcome, mend, preview, columns.at);
  return () => stopped.abort();
}
