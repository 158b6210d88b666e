// The page: reads the address, asks the server, draws map, table and panel.

import * as api from "./api";
import { byId, el } from "./dom";
import { count, day, percent } from "./format";
import { type Language, setLanguage, t, translatePage } from "./i18n";
import { drawLegend } from "./legend";
import { CoverageMap } from "./map";
import { denominator, drawPanel } from "./panel";
import { type State, readState, writeState } from "./state";
import { Table } from "./table";

const PANEL_PX = 340;

let state: State = readState();
let units: api.Areas;
let map: CoverageMap | null = null;
let tableShows: [api.Coverage, State["lang"]] | null = null;
let panelShows = "";
let newest = 0;
let focusPanel = false;
const byCode = new Map<string, api.Area>();
const table = new Table(byId<HTMLTableElement>("table"));

function narrow(): boolean {
  return matchMedia("(max-width: 1020px)").matches;
}

function panelWidth(): number {
  return state.area && !narrow() ? PANEL_PX : 0;
}

function nameOf(code: string): string {
  return byCode.get(code)?.name ?? code;
}

function fail(error: unknown): void {
  const at = byId("failure");
  const why = error instanceof Error ? error.message : String(error);
  at.textContent = t("failed", { why });
  at.hidden = false;
}

/** Changes what is shown; `step` makes the browser's back button return from it. */
function go(change: Partial<State>, step = false): void {
  byId("failure").hidden = true;
  state = { ...state, ...change };
  writeState(state, step);
  void draw().catch(fail);
}

function choose(code: string, keyed = false): void {
  focusPanel = keyed;
  go({ area: state.area === code ? null : code }, true);
}

/** The unit, and the unit above where the map does not know its place. */
function place(code: string | null): (string | null | undefined)[] {
  return code ? [code, byCode.get(code)?.parent, state.within] : [];
}

function seeVillages(code: string): void {
  go({ level: "village", within: code, area: code }, true);
  map?.fit([code], panelWidth());
}

function seeEverything(): void {
  go({ within: null, area: null }, true);
  map?.fit([], 0);
}

function drawCrumbs(): void {
  const at = byId("crumbs");
  const { within } = state;
  const level = t(state.level === "village" ? "villages" : "communes");
  at.replaceChildren(
    within ? el("button", { type: "button", onclick: seeEverything }, t("everything")) : el("strong", {}, level),
    ...(within ? [el("span", { "aria-hidden": "true" }, "›"), el("strong", { "aria-current": "page" }, `${nameOf(within)} · ${level}`)] : []),
  );
}

function drawControls(): void {
  translatePage();
  for (const button of document.querySelectorAll<HTMLElement>("#levels [data-level]")) {
    button.setAttribute("aria-pressed", String(button.dataset.level === state.level));
  }
  for (const button of document.querySelectorAll<HTMLElement>("#languages [data-lang]")) {
    button.setAttribute("aria-pressed", String(button.dataset.lang === state.lang));
  }
  byId<HTMLInputElement>("density").checked = state.density;
  const periods = byId<HTMLSelectElement>("period");
  periods.replaceChildren(...units.periods.map((p) => el("option", { value: p }, day(p))));
  periods.value = state.on ?? units.period;
  byId("period-field").hidden = units.periods.length < 2;
  drawLegend(byId("legend"), state.density);
  map?.describe(t("mapLabel"));
}

function notes(schematic: boolean): string[] {
  const told: string[] = [];
  if (schematic) told.push(t("schematic"));
  if (state.level === "village") {
    told.push(t("inferred"));
    if (state.on && state.on !== units.period) told.push(t("villagesOf", { day: day(units.period) }));
  }
  return told;
}

/** The unit that the sum of the table stands for, where there is one. */
function totalUnit(): string | null {
  if (state.within) return state.within;
  for (const level of ["district", "province"] as const) {
    const of = units.areas.filter((a) => a.level === level && a.households > 0);
    if (of.length === 1 && (state.on ?? units.period) === units.period) return of[0].code;
  }
  return null;
}

/** Level of a unit: known for units with counts; a village's code is no number. */
function levelOf(code: string): api.Level {
  return byCode.get(code)?.level ?? (/^\d+$/.test(code) ? "commune" : "village");
}

async function drawUnit(turn: number): Promise<void> {
  const panel = byId("panel");
  const code = state.area;
  document.body.classList.toggle("with-panel", code !== null);
  if (!code) {
    const had = panel.contains(document.activeElement);
    panel.hidden = true;
    panel.replaceChildren();
    if (had && !table.focus(panel.dataset.code ?? "")) byId("units").focus({ preventScroll: true });
    panelShows = "";
    return;
  }
  // Drawn anew only for something else: a token half typed stays.
  const shows = [code, state.on, state.lang].join("|");
  if (shows === panelShows) return;
  const answer = await api.coverage(levelOf(code), state.on);
  if (turn !== newest) return;
  const row = answer.rows.find((r) => r.code === code);
  const opened = panel.dataset.code !== code || panel.hidden;
  panelShows = shows;
  panel.dataset.code = code;
  panel.hidden = false;
  const close = (): void => go({ area: null }, true);
  if (row) {
    const told = [...(answer.boundaries.schematic ? [t("schematic")] : []), ...(row.level === "village" ? [t("inferred")] : [])];
    drawPanel(panel, row, answer, told, { close, villages: seeVillages, zoom: (c) => map?.fit(place(c), panelWidth()) });
  } else {
    panel.replaceChildren(
      el("header", {}, el("h2", { id: "panel-name" }, nameOf(code)),
        el("button", { type: "button", class: "close", "aria-label": t("close"), onclick: close }, "×")),
      el("p", {}, t("noUnit", { code })));
  }
  if (opened) panel.scrollTop = 0;
  if (opened && focusPanel) panel.focus({ preventScroll: !narrow() });
  else if (opened && narrow() && document.body.classList.contains("settled")) panel.scrollIntoView({ block: "nearest" });
  focusPanel = false;
}

async function draw(): Promise<void> {
  const turn = (newest += 1);
  setLanguage(state.lang);
  drawControls();
  drawCrumbs();
  map?.setPeriod(state.on);
  map?.show(state.level, state.density);
  map?.mark("selected", state.area);
  const [whole, shown] = await Promise.all([
    api.coverage("commune", state.on),
    api.coverage(state.level, state.on, state.level === "village" ? state.within : null),
  ]);
  if (turn !== newest) return;
  const { covered, households } = whole.total;
  byId("headline").textContent = t("headline", {
    covered: count(covered), households: count(households), percent: percent(whole.total.percent),
  });
  byId("subtitle").textContent = denominator(whole);
  byId("notes").replaceChildren(...notes(whole.boundaries.schematic).map((n) => el("li", {}, n)));
  const sum = totalUnit();
  const { within } = state;
  if (tableShows?.[0] !== shown || tableShows[1] !== state.lang) {
    tableShows = [shown, state.lang];
    table.draw(shown, {
      choose,
      chooseTotal: sum ? (keyed) => choose(sum, keyed) : null,
      point: (code) => map?.mark("pointed", code),
      above: (row) => (row.level === "village" && !within && row.parent ? nameOf(row.parent) : null),
    });
  }
  table.select(state.area);
  const hidden = shown.rows.some((r) => r.poor === null);
  byId("small").textContent = hidden ? t("hiddenWhy", { n: String(shown.suppressed_below) }) : "";
  await drawUnit(turn);
}

/** Says that the map fails, once the numbers are there. */
function noMap(why: string): void {
  const at = byId("failure");
  at.textContent = t("noMap", { why });
  at.hidden = false;
}

function pointed(unit: Parameters<ConstructorParameters<typeof CoverageMap>[3]["point"]>[0], x: number, y: number): void {
  const tip = byId("tip");
  table.point(unit?.code ?? null);
  tip.hidden = !unit;
  if (!unit) return;
  const numbers = unit.households === undefined ? t("noData")
    : `${count(unit.covered ?? 0)} / ${count(unit.households)} = ${percent(unit.percent)}`;
  tip.replaceChildren(el("strong", {}, unit.name), el("span", {}, numbers));
  const stage = byId("map").getBoundingClientRect();
  const left = x + 16 + tip.offsetWidth > stage.width ? x - 12 - tip.offsetWidth : x + 14;
  tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(y + 14)}px)`;
}

function listen(): void {
  for (const button of document.querySelectorAll<HTMLElement>("#levels [data-level]")) {
    button.addEventListener("click", () => {
      const level = button.dataset.level as State["level"];
      go({ level, within: null }, true);
    });
  }
  for (const button of document.querySelectorAll<HTMLElement>("#languages [data-lang]")) {
    button.addEventListener("click", () => go({ lang: button.dataset.lang as Language }));
  }
  byId("density").addEventListener("change", (e) => go({ density: (e.target as HTMLInputElement).checked }));
  byId("period").addEventListener("change", (e) => {
    const on = (e.target as HTMLSelectElement).value;
    go({ on: on === units.period ? null : on, area: null, within: null }, true);
  });
  byId("skip").addEventListener("click", (e) => {
    e.preventDefault(); // the part after the # is ours
    byId("units").focus();
  });
  byId("zoom-in").addEventListener("click", () => map?.zoom(1));
  byId("zoom-out").addEventListener("click", () => map?.zoom(-1));
  byId("zoom-all").addEventListener("click", () => map?.fit([], panelWidth()));
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && state.area) go({ area: null }, true);
  });
  const follow = (): void => {
    state = readState();
    void draw().catch(fail);
  };
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
}

async function start(): Promise<void> {
  setLanguage(state.lang);
  translatePage();
  const [found, about] = await Promise.all([api.areas(), api.tileJson("communes")]);
  units = found;
  for (const area of units.areas) byCode.set(area.code, area);
  try {
    map = new CoverageMap(byId("map"), about, state.on, { choose, point: pointed, fail: noMap });
  } catch (error) {
    noMap(error instanceof Error ? error.message : String(error)); // no WebGL: the table still tells all
  }
  listen();
  await draw();
  await map?.ready();
  map?.fit(place(state.area ?? state.within), panelWidth(), false);
  document.body.classList.add("settled");
}

start().catch(fail);
