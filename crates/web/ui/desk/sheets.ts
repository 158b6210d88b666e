// Sheets for a team: one village after another, each on a page of its own, with a column for the result.

import { el } from "../dom";
import { count, day } from "../format";
import { either, t } from "../i18n";
import type { Gap } from "./gap_list";

export interface Sheets {
  rows: Gap[];
  /** Names of villages by code. */
  villages: Map<string, string>;
  team: string;
}

/** Columns of a sheet: what stands above them, and their share of the width in hundredths. */
const COLUMNS = [
  ["walkOrder", 4], ["household", 10], ["head", 13], ["address", 13], ["members", 4], ["povertyClass", 7], ["reason", 14], ["whereToLook", 17], ["result", 9], ["remark", 9],
] as const;

function sheet(name: string, rows: Gap[], { team }: Sheets): HTMLElement {
  const poor = rows.filter((row) => row.poverty !== "none").length;
  const about = [name, t("nHouseholds", { n: count(rows.length) }), t("nPoor", { n: count(poor) }), ...(team ? [`${t("team")}: ${team}`] : []), day(new Date().toISOString().slice(0, 10))];
  return el("section", { class: "team-sheet" },
    el("h2", {}, t("gaps")),
    el("p", { class: "how" }, t("sheetHow")),
    el("table", {},
      el("colgroup", {}, ...COLUMNS.map(([, share]) => el("col", { class: `share-${share}` }))),
      // Both rows stand on every page: a page that is lost says whose it is.
      el("thead", {}, el("tr", { class: "about" }, el("th", { colspan: COLUMNS.length, scope: "colgroup" }, about.join(" · "))),
        el("tr", {}, ...COLUMNS.map(([word]) => el("th", { scope: "col" }, t(word))))),
      el("tbody", {}, ...rows.map((row) => el("tr", { class: row.poverty === "none" ? "" : "poor" },
        el("td", { class: "number" }, row.walk === null ? "" : String(row.walk)),
        el("td", {}, row.household),
        el("td", {}, row.head),
        el("td", {}, row.address),
        el("td", { class: "number" }, count(row.members)),
        el("td", {}, row.poverty === "none" ? "" : t(`poverty_${row.poverty}`)),
        el("td", {}, either(row.reason_vi, row.reason_en)),
        el("td", {}, either(row.suggestion_vi, row.suggestion_en)),
        el("td", {}), el("td", {}))))),
    el("p", { class: "sign" }, el("span", {}, t("signWalker")), el("span", {}, t("signDay")), el("span", {}, t("signBack"))));
}

/** Prints the sheets; the page is as before when that is done. */
export function printSheets(of: Sheets): void {
  const by = new Map<string, Gap[]>();
  for (const row of of.rows) by.set(row.village, [...(by.get(row.village) ?? []), row]);
  const at = el("div", { id: "sheets" }, ...[...by].map(([village, rows]) => sheet(of.villages.get(village) ?? village, rows, of)));
  document.getElementById("sheets")?.remove();
  document.body.append(at);
  addEventListener("afterprint", () => at.remove(), { once: true });
  print();
}
