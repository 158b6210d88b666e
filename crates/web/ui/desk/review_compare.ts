// Two records side by side, their differing cells marked, and why they are held to be one: in words and in bits.

import { el } from "../dom";
import { day } from "../format";
import { type Word, either, language, t, tOr } from "../i18n";
import { folded } from "./gap_list";
import type { Explanation, Line, Point, Row } from "./review_api";

/** Cells of a record by the word that names them; `null` where it is not known. */
export type Record = Map<Word, string | null>;

const shown = (at: Point | null): string | null => (at ? `${at.lat.toFixed(6)}, ${at.lon.toFixed(6)}` : null);

/** A submission as it is compared. */
export function ofRow(row: Row): Record {
  return new Map<Word, string | null>([
    ["head", row.head], ["address", row.address], ["villageStated", row.village], ["addressCode", row.code || null], ["phone", row.phone],
    ["members", row.members === null ? null : String(row.members)], ["position", shown(row.point)],
    ["precisionClass", row.precision], ["collectedOn", row.collected_on ? day(row.collected_on) : null], ["collector", row.collector || null],
    ["fileRow", `${row.file}:${row.row}`],
  ]);
}

/** A line of the register as it is compared. */
export function ofLine(line: Line, at: Point | null): Record {
  return new Map<Word, string | null>([
    ["head", line.head], ["address", line.address], ["position", shown(at)], ["household", line.household],
    ["stateInRegister", line.state ? tOr(`state_${line.state}`, line.state) : null],
  ]);
}

/** Where a record came from never agrees, and says nothing of whether two are one. */
const NEVER_COMPARED: Word[] = ["fileRow", "household", "stateInRegister"];

/** Whether two cells say different things: what only one knows says nothing. */
function differ(word: Word, a: string | null | undefined, b: string | null | undefined): boolean {
  return !NEVER_COMPARED.includes(word) && !!a && !!b && folded(a).replace(/\s+/g, " ").trim() !== folded(b).replace(/\s+/g, " ").trim();
}

/** The table. */
export function compareTable(one: Record, other: Record | null, title: string): HTMLElement {
  const words = [...new Set([...one.keys(), ...(other?.keys() ?? [])])];
  const cell = (text: string | null | undefined, differs: boolean): HTMLElement =>
    el("td", differs ? { class: "differs" } : {}, text || "–", differs && el("span", { class: "hear" }, ` (${t("differs")})`));
  return el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": t("sideBySide") },
    el("table", { id: "compare-table" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("column")), el("th", { scope: "col" }, t("thisSubmission")), other && el("th", { scope: "col" }, title))),
      el("tbody", {}, ...words.map((word) => {
        const differs = other !== null && differ(word, one.get(word), other.get(word));
        return el("tr", { "data-cell": word }, el("th", { scope: "row" }, t(word)), cell(one.get(word), differs), other && cell(other.get(word), differs));
      }))));
}

/** Bits, with their sign. */
function bits(n: number): string {
  const text = new Intl.NumberFormat(language() === "vi" ? "vi-VN" : "en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(Math.abs(n));
  return `${n < 0 ? "−" : "+"}${text}`;
}

/** What kinds of evidence weigh, as bars to both sides of nothing; the numbers stand beside them. */
function weights(parts: { name: string; vi: string; en: string; bits: number }[]): HTMLElement {
  const most = Math.max(1, ...parts.map((p) => Math.abs(p.bits)));
  return el("table", { class: "weights" },
    el("caption", {}, t("weights")),
    el("thead", {}, el("tr", {}, ...(["evidence", "speaks", "bits"] as const).map((w) => el("th", { scope: "col" }, t(w))))),
    el("tbody", {}, ...parts.map((p) => {
      const fill = el("i", { class: p.bits < 0 ? "against" : "for" });
      fill.style.width = `${(Math.abs(p.bits) / most) * 50}%`;
      const word = Math.abs(p.bits) < 0.05 ? "speaksNothing" : p.bits < 0 ? "speaksAgainst" : "speaksFor";
      return el("tr", { "data-evidence": p.name }, el("th", { scope: "row" }, either(p.vi, p.en)),
        el("td", {}, t(word), el("span", { class: "weight", "aria-hidden": "true" }, fill)), el("td", {}, bits(p.bits)));
    })));
}

/** The explanation in words and bits. */
export function explained(told: Explanation): HTMLElement[] {
  const verdict = (n: number): string => {
    if (!told.bounds) return t("bitsAlone", { bits: bits(n) });
    const { lower, upper, margin } = told.bounds;
    const word = n >= upper ? "bitsSame" : n < lower ? "bitsOther" : "bitsDoubt";
    return t(word, { bits: bits(n), lower: bits(lower), upper: bits(upper), margin: bits(margin).slice(1) });
  };
  if (told.candidates) {
    if (told.candidates.length === 0) return [el("p", {}, t("noCandidates"))];
    return told.candidates.slice(0, 2).flatMap((c) => [
      el("p", {}, el("strong", {}, t("candidate", { household: c.household })), ` ${verdict(c.bits)}`), weights(c.parts)]);
  }
  if (told.relation === "matched") return [el("p", {}, t(told.same ? "relation_matched" : "relation_apart"))];
  if (told.bits === undefined || told.bits === null) return [el("p", {}, t("relation_not_compared"))];
  return [el("p", { class: "sum" }, verdict(told.bits)), weights(told.parts ?? [])];
}
