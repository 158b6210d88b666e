// The gap list at the desk: by village, with reasons, filters, the map beside it, and files and sheets for the teams.

import * as api from "../api";
import { el } from "../dom";
import { count } from "../format";
import { either, language, t, tOr } from "../i18n";
import { fetchFile } from "../session";
import { areaChoices, select } from "./fields";
import { type Filter, type Gap, filtered, gapsOf } from "./gap_list";
import { GapMap } from "./gap_map";
import { printSheets } from "./sheets";

/** Rows that are drawn; filters find the others. */
const DRAWN = 400;

const STATES = ["pending", "rejected", "none", "claimed", "absent", "away", "refused", "leaving"] as const;

/** Draws the part. */
export async function gapsPart(at: HTMLElement, token: string, rest: string): Promise<() => void> {
  const units = areaChoices((await api.areas()).areas);
  const area = units.find(([code]) => code === rest)?.[0] ?? units.find(([code]) => /^\d{3}$/.test(code))?.[0] ?? units[0]?.[0] ?? "";
  const { rows, more } = await gapsOf(area, token);
  const filter: Filter = { village: "", state: "", poverty: "", words: "" };
  const villages = new Map(rows.map((r) => [r.village, `${r.village_name}, ${r.commune_name}`]));
  let map: GapMap | null = null;

  const [areaField, areaChoice] = select("area", t("area"), units, (code) => (location.hash = `#gaps=${encodeURIComponent(code)}`));
  areaChoice.value = area;
  const filters = [
    select("village", t("villages"), [["", t("everything")], ...villages], (v) => change({ village: v }))[0],
    select("state", t("reason"), [["", t("everything")], ...STATES.map((s): [string, string] => [s, t(`state_${s}`)])], (v) => change({ state: v }))[0],
    select("poverty", t("povertyClass"), [["", t("everything")], ["any", t("poorAny")], ["poor", t("poverty_poor")], ["near_poor", t("poverty_near_poor")]], (v) => change({ poverty: v }))[0],
  ];
  const words = el("input", { id: "words", type: "search", autocomplete: "off", oninput: () => change({ words: words.value }) });
  const purpose = el("input", { id: "purpose", type: "text", autocomplete: "off", minlength: 3, maxlength: 200 });
  purpose.value = t("purposeUsual");
  const team = el("input", { id: "team", type: "text", autocomplete: "off", maxlength: 80 });
  const said = el("p", { id: "gaps-said", class: "said", role: "status" });
  const told = el("p", { id: "gaps-count", class: "small", role: "status" });
  const body = el("tbody");
  const table = el("table", { id: "gaps-table" },
    el("caption", {}, t("gaps")),
    el("thead", {}, el("tr", {}, ...["walkOrder", "head", "address", "members", "povertyClass", "reason", "whereToLook"].map((w) => el("th", { scope: "col" }, t(w as "head"))))),
    body);
  const mapAt = el("div", { id: "gap-map", class: "gap-map" });

  async function download(format: string): Promise<void> {
    said.classList.remove("wrong");
    said.textContent = t("downloading");
    const of = filter.village || area;
    try {
      const path = `/api/v1/areas/${encodeURIComponent(of)}/gaps?format=${format}`;
      const { name: file, bytes } = await fetchFile(path, token, purpose.value.trim(), `ho-chua-co-dia-chi-so-${of}.${format}`);
      said.textContent = t("downloaded", { name: file, size: count(Math.ceil(bytes / 1000)) });
    } catch (error) {
      said.classList.add("wrong");
      said.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  function choose(household: string): void {
    const row = body.querySelector<HTMLElement>(`[data-household="${CSS.escape(household)}"]`);
    for (const other of body.querySelectorAll(".selected")) other.classList.remove("selected");
    row?.classList.add("selected");
    row?.scrollIntoView({ block: "nearest" });
  }

  function line(row: Gap): HTMLElement {
    const show = (): void => {
      choose(row.household);
      map?.go(row);
    };
    return el("tr", { "data-household": row.household, "data-poverty": row.poverty, onclick: show },
      el("td", {}, row.walk === null ? "–" : String(row.walk)),
      el("th", { scope: "row" }, el("button", { type: "button", onclick: show }, row.head), el("small", {}, row.household)),
      el("td", {}, row.address || "–"),
      el("td", {}, count(row.members)),
      el("td", {}, row.poverty === "none" ? "" : t(`poverty_${row.poverty}`)),
      el("td", {}, either(row.reason_vi, row.reason_en)),
      el("td", {}, either(row.suggestion_vi, row.suggestion_en) || "–"));
  }

  function draw(): void {
    const shown = filtered(rows, filter);
    const lines: HTMLElement[] = [];
    let village = "";
    for (const row of shown.slice(0, DRAWN)) {
      if (row.village !== village) {
        village = row.village;
        const all = shown.filter((r) => r.village === village).length;
        lines.push(el("tr", { class: "village" }, el("th", { colspan: 7, scope: "colgroup" }, `${villages.get(village)} · ${t("nHouseholds", { n: count(all) })}`)));
      }
      lines.push(line(row));
    }
    body.replaceChildren(...(lines.length > 0 ? lines : [el("tr", {}, el("td", { colspan: 7, class: "empty" }, t("tableEmpty")))]));
    const poor = shown.filter((r) => r.poverty !== "none").length;
    told.textContent = [
      t("gapsCount", { n: count(shown.length), poor: count(poor) }),
      ...(shown.length > DRAWN ? [t("gapsDrawn", { n: count(DRAWN) })] : []),
      ...(more ? [t("gapsMore", { n: count(rows.length) })] : []),
    ].join(" ");
    map?.show(shown, filter.village !== "" || villages.size === 1);
  }

  function change(to: Partial<Filter>): void {
    Object.assign(filter, to);
    draw();
  }

  const print = (): void => printSheets({ rows: filtered(rows, filter), villages, team: team.value.trim() });
  at.append(
    el("h2", {}, t("gaps")),
    el("div", { class: "fields" }, areaField, ...filters, el("label", { class: "field", for: "words" }, el("span", {}, t("findInList")), words)),
    told,
    el("div", { class: "beside-map" }, el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": t("gaps") }, table), mapAt),
    el("div", { class: "card files" },
      el("h3", {}, t("filesForTeams")),
      el("div", { class: "fields" },
        el("label", { class: "field", for: "purpose" }, el("span", {}, t("purpose")), purpose),
        el("label", { class: "field", for: "team" }, el("span", {}, t("team")), team)),
      el("div", { class: "buttons" },
        ...["xlsx", "csv", "geojson"].map((format) => el("button", { type: "button", "data-format": format, onclick: () => void download(format) }, t(format === "xlsx" ? "downloadWorkbook" : "downloadAs", { format }))),
        el("button", { type: "button", id: "print-list", onclick: print }, t("printList"))),
      said));
  draw();
  document.documentElement.lang = language();
  try {
    map = await GapMap.at(mapAt, choose);
    draw();
  } catch (error) {
    mapAt.replaceChildren(el("p", { class: "note" }, t("noMap", { why: error instanceof Error ? error.message : tOr("failed", "") })));
  }
  return () => map?.remove();
}
