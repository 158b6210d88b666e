// Sheets for a team: one village after another, each on a page of its own, with a column for the result.

import { el } from "../dom";
import { count, day } from "../format";
import { either, t } from "../i18n";
import type { Gap } from "./gap_list";

export interface Sheets {
  rows: Gap[];
  /** Names of villages by code. */
  villages: Map<string, string>;
  area: string;
  team: string;
}

function sheet(name: string, rows: Gap[], { area, team }: Sheets): HTMLElement {
  const titles = ["walkOrder", "household", "head", "address", "members", "povertyClass", "reason", "whereToLook", "result", "remark"] as const;
  return el("section", { class: "team-sheet" },
    el("h2", {}, t("gaps")),
    el("p", {}, `${name} · ${area} · ${t("nHouseholds", { n: count(rows.length) })} · ${day(new Date().toISOString().slice(0, 10))}`),
    team !== "" && el("p", {}, `${t("team")}: ${team}`),
    el("table", {},
      el("thead", {}, el("tr", {}, ...titles.map((w) => el("th", { scope: "col" }, t(w))))),
      el("tbody", {}, ...rows.map((row) => el("tr", {},
        el("td", {}, row.walk === null ? "" : String(row.walk)),
        el("td", {}, row.household),
        el("td", {}, row.head),
        el("td", {}, row.address),
        el("td", {}, count(row.members)),
        el("td", {}, row.poverty === "none" ? "" : t(`poverty_${row.poverty}`)),
        el("td", {}, either(row.reason_vi, row.reason_en)),
        el("td", {}, either(row.suggestion_vi, row.suggestion_en)),
        el("td", {}), el("td", {}))))));
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
