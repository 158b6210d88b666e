// The map page: reads the address, asks the server, draws map, table and panel.

import * as api from "./api";
import { type Course, asOf, chosenDay, course, drawSliders, forgetCourse, twoDays } from "./course";
import { byId, el } from "./dom";
import { count, day, percent } from "./format";
import { type Language, setLanguage, t, translatePage } from "./i18n";
import { drawLegend } from "./legend";
import { follow } from "./live";
import { CoverageMap } from "./map";
import { denominator, drawPanel, sourceName } from "./panel";
import { PRINT_RATIO, drawScale, drawSheet, northArrow } from "./print";
import { type Scale, scaleOf } from "./scale";
import { type Found, Search } from "./search";
import { type State, readState, writeState } from "./state";
import type { CellLayer } from "./style";
import { Table } from "./table";
import { dark, onPaper, setTheme, startTheme, theme, type Theme } from "./theme";
import { areaRow, chosenUnits, drawUnits, namedAreas, within as inside } from "./units";
import { FEW_HOUSEHOLDS, type Value, isOld, missing, valuesOf } from "./values";

const PANEL_PX = 340;
/** How long the page says that numbers are new, in milliseconds. */
const NEWS_MS = 8_000;

let state: State = readState();
let units: api.Areas;
let map: CoverageMap | null = null;
/** Layers of cells that the server draws. */
const cells: CellLayer[] = ["density", "gaps"];
let tableShows = "";
let panelShows = "";
let version = "";
let newest = 0;
let focusPanel = false;
let days: string[] = [];
let shown: { rows: Map<string, api.Row>; values: Map<string, Value>; scale: Scale } | null = null;
const byCode = new Map<string, api.Area>();
const table = new Table(byId<HTMLTableElement>("table"));

function narrow(): boolean {
  return matchMedia("(max-width: 1020px)").matches;
}

function panelWidth(): number {
  return state.area && !narrow() && !state.paper ? PANEL_PX : 0;
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
  go({ area: state.area === code ? null : code, with: null }, true);
}

/** The unit, and the unit above where the map does not know its place. */
function place(code: string | null): (string | null | undefined)[] {
  return code ? [code, byCode.get(code)?.parent, state.within] : [];
}

function seeVillages(code: string): void {
  go({ level: "village", within: code, area: code, with: null }, true);
  map?.fit([code], panelWidth());
}

function seeEverything(): void {
  if (state.within) go({ within: null, area: null, with: null }, true);
  else go({ of: null, area: null, with: null }, true);
  map?.fit([], 0);
}

/** Shows other units: those of a day, or what lies in an area. */
async function seeUnits(value: string): Promise<void> {
  go({ ...chosenUnits(value, units.period), area: null, with: null, within: null }, true);
  if (!state.of) return map?.fit([], 0);
  const of = await asked("commune");
  map?.fitAll(of.rows.map((row) => row.code), panelWidth());
}

/** Shows what was searched for, and the numbers of the unit of the period shown that it lies in. */
async function found(at: Found | null): Promise<void> {
  if (!at || at.lon === null || at.lat === null) return map?.found(null);
  map?.found({ lon: at.lon, lat: at.lat, radius_m: at.radius_m, label: at.label });
  if (at.village && byCode.has(at.village)) return go({ area: at.village, with: null, level: "village" }, true);
  const commune = await api.communeAt(at.lat, at.lon, state.on ?? units.period);
  if (commune) go({ area: commune, with: null }, true);
}

function drawCrumbs(): void {
  const at = byId("crumbs");
  const { within } = state;
  const level = t(state.level === "village" ? "villages" : "communes");
  const of = shownArea();
  const narrowed = within !== null || of !== null;
  at.replaceChildren(
    narrowed ? el("button", { type: "button", onclick: seeEverything }, within && of ? of.name : t("everything")) : el("strong", {}, level),
    ...(of && !within ? [el("span", { "aria-hidden": "true" }, "›"), el("strong", { "aria-current": "page" }, `${of.name} · ${level}`)] : []),
    ...(within ? [el("span", { "aria-hidden": "true" }, "›"), el("strong", { "aria-current": "page" }, `${nameOf(within)} · ${level}`)] : []),
  );
}

function press(group: string, key: string, value: string): void {
  for (const button of document.querySelectorAll<HTMLElement>(`#${group} [data-${key}]`)) {
    button.setAttribute("aria-pressed", String(button.dataset[key] === value));
  }
}

function options(id: string, all: [string, string][], value: string): void {
  const at = byId<HTMLSelectElement>(id);
  at.replaceChildren(...all.map(([key, name]) => el("option", { value: key }, name)));
  at.value = value;
}

function drawControls(): void {
  translatePage();
  press("levels", "level", state.level);
  press("measures", "measure", state.measure);
  press("languages", "lang", state.lang);
  for (const layer of cells) byId<HTMLInputElement>(layer).checked = state[layer];
  options("theme", (["auto", "light", "dark"] as const).map((k) => [k, t(`theme_${k}`)]), theme());
  drawUnits(byId<HTMLSelectElement>("period"), units, state.on, shownArea());
  byId("period-field").hidden = units.periods.length < 2 && namedAreas(units).length === 0;
  const sources = units.sources ?? [];
  options("source", sources.map((s) => [s.source, `${sourceName(s.source)}, ${day(s.closed_on)}`]), state.source ?? sources[0]?.source ?? "");
  byId("source-field").hidden = sources.length < 2;
  byId("north").replaceChildren(northArrow());
  map?.describe(t("mapLabel"));
}

function notes(of: api.Coverage): string[] {
  const told: string[] = [];
  if (state.versus) told.push(t("changeNote", { from: day(state.versus), to: state.asOf ? day(state.asOf) : t("asOfNow") }));
  else if (state.asOf) told.push(t("asOfNote", { day: day(state.asOf), closed: day(of.closed_on) }));
  const first = [state.asOf, state.versus].filter((one) => one !== null).sort()[0];
  if (first !== undefined && first < of.closed_on) told.push(t("asOfLater"));
  if (of.rows.some((row) => row.part)) told.push(t("partNote"));
  if (of.boundaries.schematic) told.push(t("schematic"));
  if (isOld(of.closed_on, new Date())) told.push(t("oldNote", { day: day(of.closed_on) }));
  if (state.level === "village") {
    told.push(t("inferred"));
    if (state.on && state.on !== units.period) told.push(t("villagesOf", { day: day(units.period) }));
  }
  return told;
}

/** The unit that the sum of the table stands for, where there is one. */
function totalUnit(): string | null {
  if (state.within) return state.within;
  if (state.of) return state.of;
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

async function asked(level: api.Level, within: string | null = null, source = state.source): Promise<api.Coverage> {
  const { on, of } = state;
  if (of && within) return inside(await api.coverage({ level, on, source, of }), within);
  return api.coverage({ level, on, source, within, of });
}

/** The area shown, by its name as far as it is known. */
function shownArea(): { id: string; name: string } | null {
  if (!state.of) return null;
  return { id: state.of, name: namedAreas(units).find(([id]) => id === state.of)?.[1] ?? state.of };
}

/** The same on the day shown, or on another; levels without a course are told of now. */
async function then(level: "commune" | "village", within: string | null, on: string | null): Promise<api.Coverage> {
  const now = asked(level, within);
  return on === null ? now : asOf(await now, await course(level, state.on, state.source, state.of), on);
}

/** Days, and what they are counted over; none where the server cannot tell. */
async function courseShown(): Promise<Course> {
  return course(state.level, state.on, state.source, state.of);
}

type Content = Parameters<typeof drawPanel>[1];

/** What the panel tells of the area shown, and of the one that it is compared with. */
async function contentOfArea(): Promise<Content | null> {
  const { on, source } = state;
  const sources = units.sources ?? [];
  const [of, before, other, ...against] = await Promise.all([
    then("commune", null, state.asOf),
    state.versus ? then("commune", null, state.versus) : null,
    state.with ? api.coverage({ level: "commune", on, source, of: state.with }) : null,
    ...(sources.length > 1 ? sources.map((s) => asked("commune", null, s.source)) : [])]);
  const row = areaRow(of);
  if (!row) return null;
  const earlier = before && areaRow(before);
  return {
    row, of,
    days: earlier && state.versus ? twoDays(row, state.asOf, earlier, state.versus, { count, percent }) : null,
    against: against.filter((one) => one !== null).map((one) => ({ of: one, row: areaRow(one) ?? undefined })),
    other: other && areaRow(other),
    others: namedAreas(units),
    notes: notes(of),
  };
}

/** What the panel tells of a unit, and of the one that it is compared with. */
async function content(code: string): Promise<Content | null> {
  if (code === state.of) return contentOfArea();
  const level = levelOf(code);
  const sources = units.sources ?? [];
  const timed = level === "commune" || level === "village" ? level : null;
  const [of, before, ...against] = await Promise.all([
    timed ? then(timed, null, state.asOf) : asked(level),
    timed && state.versus ? then(timed, null, state.versus) : null,
    ...(sources.length > 1 ? sources.map((s) => asked(level, null, s.source)) : [])]);
  const earlier = before?.rows.find((r) => r.code === code);
  const row = of.rows.find((r) => r.code === code);
  if (!row) return null;
  const siblings = of.rows.filter((r) => level !== "village" || r.parent === row.parent || r.code === state.with);
  const by = new Intl.Collator("vi", { numeric: true });
  return {
    row, of,
    days: earlier && state.versus ? twoDays(row, state.asOf, earlier, state.versus, { count, percent }) : null,
    against: against.filter((one) => one !== null).map((one) => ({ of: one, row: one.rows.find((r) => r.code === code) })),
    other: of.rows.find((r) => r.code === state.with) ?? null,
    others: siblings.map((r): [string, string] => [r.code, r.name]).sort((a, b) => by.compare(a[1], b[1])),
    notes: [...(row.part ? [t("partNote")] : []), ...(of.boundaries.schematic ? [t("schematic")] : []), ...(level === "village" ? [t("inferred")] : [])],
  };
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
  const shows = [code, state.on, state.of, state.lang, state.source, state.with, state.asOf, state.versus, version].join("|");
  if (shows === panelShows) return;
  const told = await content(code);
  if (turn !== newest) return;
  const opened = panel.dataset.code !== code || panel.hidden;
  const choosing = document.activeElement?.id === "compare";
  panelShows = shows;
  panel.dataset.code = code;
  panel.hidden = false;
  const close = (): void => go({ area: null, with: null }, true);
  if (told) {
    drawPanel(panel, told, {
      close, villages: seeVillages,
      zoom: (c) => (c === state.of ? map?.fitAll([...(shown?.rows.keys() ?? [])], panelWidth()) : map?.fit(place(c), panelWidth())), compare: (c) => go({ with: c }, true),
    });
  } else {
    panel.replaceChildren(
      el("header", {}, el("h2", { id: "panel-name" }, nameOf(code)),
        el("button", { type: "button", class: "close", "aria-label": t("close"), onclick: close }, "×")),
      el("p", {}, t("noUnit", { code })));
  }
  if (choosing) byId("compare").focus();
  if (opened) panel.scrollTop = 0;
  if (opened && focusPanel) panel.focus({ preventScroll: !narrow() });
  else if (opened && narrow() && document.body.classList.contains("settled")) panel.scrollIntoView({ block: "nearest" });
  focusPanel = false;
}

/** Colours the map and draws the key to it. */
function drawMap(of: api.Coverage, before: api.Coverage | null): void {
  const measure = before ? "change" : state.measure;
  const values = valuesOf(of, measure, before, new Date());
  const scale = scaleOf(measure, [...values.values()].map((v) => v.value ?? 0));
  shown = { rows: new Map(of.rows.map((r) => [r.code, r])), values, scale };
  map?.colour(state.level, values, scale);
  const old = isOld(of.closed_on, new Date());
  const few = measure !== "missing" && of.rows.some((r) => r.households < FEW_HOUSEHOLDS);
  const doubt = [...(old ? [t("doubtOld")] : []), ...(few ? [t("doubtFew", { n: FEW_HOUSEHOLDS })] : [])];
  drawLegend(byId("legend"), scale, doubt.length > 0 ? doubt.join("; ") : null, cells.filter((layer) => state[layer]));
}

/** The sheet for paper, and the page in its shape. */
function drawPaper(of: api.Coverage, whole: api.Coverage): void {
  const was = document.body.dataset.paper;
  if (state.paper) document.body.dataset.paper = state.paper;
  else delete document.body.dataset.paper;
  if (was === document.body.dataset.paper) return drawWords(of, whole);
  onPaper(state.paper !== null);
  map?.setDark(dark());
  map?.resized(state.paper ? PRINT_RATIO : window.devicePixelRatio);
  drawWords(of, whole);
}

/** What is written on the sheet. */
function drawWords(of: api.Coverage, whole: api.Coverage): void {
  const level = t(state.level === "village" ? "villages" : "communes");
  const { covered, households } = whole.total;
  drawSheet(byId("sheet"), {
    title: [t("title"), ...(of.area ? [of.area.name] : []), level].join(" · "),
    figure: `${t("headline", { covered: count(covered), households: count(households), percent: percent(whole.total.percent) })} · ${t("missing").toLowerCase()}: ${count(missing(whole.total))}`,
    source: denominator(of),
    notes: notes(of),
    made: t("printedOn", { day: day(new Date().toISOString().slice(0, 10)), run: of.run }),
  });
}

async function draw(): Promise<void> {
  const turn = (newest += 1);
  setLanguage(state.lang);
  drawControls();
  drawCrumbs();
  map?.setPeriod(state.on, version);
  map?.show(state.level, cells.filter((layer) => state[layer]));
  map?.mark("selected", state.area);
  const { within } = state;
  const [whole, all, listed, before, through] = await Promise.all([
    then("commune", null, state.asOf),
    then(state.level, null, state.asOf),
    then(state.level, state.level === "village" ? within : null, state.asOf),
    state.versus === null ? null : then(state.level, null, state.versus),
    courseShown(),
  ]);
  if (turn !== newest) return;
  days = through.days;
  drawSliders(days, state.asOf, state.versus);
  const { covered, households } = whole.total;
  byId("headline").textContent = t("headline", {
    covered: count(covered), households: count(households), percent: percent(whole.total.percent),
  });
  byId("subtitle").textContent = denominator(whole);
  byId("notes").replaceChildren(...notes(whole).map((n) => el("li", {}, n)));
  drawMap(all, before);
  drawPaper(all, whole);
  const sum = totalUnit();
  const shows = [within, state.level, state.on, state.of, state.source, state.asOf, state.lang, version].join("|");
  if (tableShows !== shows) {
    tableShows = shows;
    table.draw(listed, {
      choose,
      chooseTotal: sum ? (keyed) => choose(sum, keyed) : null,
      point: (code) => map?.mark("pointed", code),
      above: (row) => (row.level === "village" && !within && row.parent ? nameOf(row.parent) : null),
    });
  }
  table.select(state.area);
  const hidden = listed.rows.some((r) => r.poor === null && !r.as_of);
  byId("small").textContent = hidden ? t("hiddenWhy", { n: String(listed.suppressed_below) }) : "";
  await drawUnit(turn);
  if (map) drawScale(byId("scale-bar"), map.metresAPixel());
}

/** Says that the map fails, once the numbers are there. */
function noMap(why: string): void {
  const at = byId("failure");
  at.textContent = t("noMap", { why });
  at.hidden = false;
}

function pointed(unit: { code: string; name: string } | null, x: number, y: number): void {
  const tip = byId("tip");
  table.point(unit?.code ?? null);
  tip.hidden = !unit;
  if (!unit) return;
  const row = shown?.rows.get(unit.code);
  const numbers = row ? `${count(row.covered)} / ${count(row.households)} = ${percent(row.percent)} · ${t("missing").toLowerCase()} ${count(missing(row))}` : t("noData");
  tip.replaceChildren(el("strong", {}, unit.name), el("span", {}, numbers));
  const stage = byId("map").getBoundingClientRect();
  const left = x + 16 + tip.offsetWidth > stage.width ? x - 12 - tip.offsetWidth : x + 14;
  tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(y + 14)}px)`;
}

/** Copies the address of what is shown; where that is not allowed, shows it. */
async function share(): Promise<void> {
  const button = byId("share");
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = t("shared");
    setTimeout(() => (button.textContent = t("share")), 2_500);
  } catch {
    prompt(t("shareBy"), location.href);
  }
}

/** Another run was published: everything is asked anew, nothing of what somebody is doing is lost. */
function renewed(run: number): void {
  version = String(run);
  api.forget();
  forgetCourse();
  const news = byId("news");
  news.textContent = t("updated", { run });
  news.hidden = false;
  setTimeout(() => (news.hidden = true), NEWS_MS);
  void api.areas().then((now) => {
    know(now);
    return draw();
  }).catch(fail);
}

function know(now: api.Areas): void {
  units = now;
  byCode.clear();
  for (const area of units.areas) byCode.set(area.code, area);
}

function each(selector: string, act: (at: HTMLElement) => void): void {
  for (const at of document.querySelectorAll<HTMLElement>(selector)) at.addEventListener("click", () => act(at));
}

function picked(id: string, act: (value: string) => void): void {
  byId<HTMLSelectElement>(id).addEventListener("change", (e) => act((e.target as HTMLSelectElement).value));
}

function listen(): void {
  each("#levels [data-level]", (at) => go({ level: at.dataset.level as State["level"], within: null }, true));
  each("#measures [data-measure]", (at) => go({ measure: at.dataset.measure as State["measure"] }, true));
  each("#languages [data-lang]", (at) => go({ lang: at.dataset.lang as Language }));
  for (const layer of cells) byId(layer).addEventListener("change", (e) => go({ [layer]: (e.target as HTMLInputElement).checked }));
  picked("period", (value) => void seeUnits(value).catch(fail));
  picked("source", (source) => go({ source: source === units.sources?.[0]?.source ? null : source }, true));
  picked("theme", (to) => {
    setTheme(to as Theme);
    map?.setDark(dark());
  });
  byId<HTMLInputElement>("time").addEventListener("input", (e) => go({ asOf: chosenDay(days, (e.target as HTMLInputElement).value) }));
  byId<HTMLInputElement>("versus").addEventListener("input", (e) => go({ versus: chosenDay(days, (e.target as HTMLInputElement).value) ?? days.at(-1) ?? null }));
  byId<HTMLInputElement>("compare-days").addEventListener("change", (e) => go({ versus: (e.target as HTMLInputElement).checked ? (days[0] ?? null) : null }, true));
  byId("skip").addEventListener("click", (e) => {
    e.preventDefault(); // the part after the # is ours
    byId("units").focus();
  });
  byId("zoom-in").addEventListener("click", () => map?.zoom(1));
  byId("zoom-out").addEventListener("click", () => map?.zoom(-1));
  byId("zoom-all").addEventListener("click", () => map?.fit([], panelWidth()));
  byId("share").addEventListener("click", () => void share());
  byId("print-a4").addEventListener("click", () => go({ paper: "a4" }, true));
  byId("print-a3").addEventListener("click", () => go({ paper: "a3" }, true));
  byId("print-now").addEventListener("click", () => print());
  byId("print-back").addEventListener("click", () => go({ paper: null }, true));
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    if (state.paper) go({ paper: null }, true);
    else if (state.area) go({ area: null, with: null }, true);
  });
  new Search(byId<HTMLInputElement>("search"), byId("suggestions"), byId("search-said"), (at) => void found(at).catch(fail));
  const again = (): void => {
    state = readState();
    void draw().catch(fail);
  };
  addEventListener("popstate", again);
  addEventListener("hashchange", again);
}

async function start(): Promise<void> {
  setLanguage(state.lang);
  startTheme(() => map?.setDark(dark()));
  translatePage();
  // The run is asked first: whatever is told after it is of this run, or of one that is noticed as news.
  const { run } = await api.json<{ run: number }>("/api/v1/coverage?level=province");
  const [now, about] = await Promise.all([api.areas(), api.tileJson("communes")]);
  know(now);
  for (const layer of cells) document.querySelector<HTMLElement>(`[data-cells="${layer}"]`)!.hidden = false;
  try {
    map = new CoverageMap(byId("map"), { about, cells, on: state.on, version, dark: dark() }, {
      choose, point: pointed, fail: noMap,
      moved: () => map && drawScale(byId("scale-bar"), map.metresAPixel()),
    });
  } catch (error) {
    noMap(error instanceof Error ? error.message : String(error)); // no WebGL: the table still tells all
  }
  listen();
  await draw();
  await map?.ready();
  if (state.of && !state.within) map?.fitAll([...(shown?.rows.keys() ?? [])], panelWidth(), false);
  else map?.fit(place(state.area ?? state.within), panelWidth(), false);
  document.body.classList.add("settled");
  follow(run, renewed);
}

start().catch(fail);
