// What is shown, kept in the address after the `#` so that it can be sent to others. Never a token, and never an
// address that somebody searched for.

import { type Language, language } from "./i18n";

export interface State {
  /** Level of the map's colours and the table's rows. */
  level: "commune" | "village";
  /** What colours tell. */
  measure: "rate" | "missing";
  /** Selected unit. */
  area: string | null;
  /** The unit that it is compared with. */
  with: string | null;
  /** Commune whose villages the table shows. */
  within: string | null;
  /** Period; null is that of the denominator. */
  on: string | null;
  /** The area shown: a saved set of units, or a unit of an earlier date; null is everything. */
  of: string | null;
  /** Source of the denominator; null is the first. */
  source: string | null;
  /** The day shown; null is now. */
  asOf: string | null;
  /** The day that it is compared with. */
  versus: string | null;
  density: boolean;
  gaps: boolean;
  /** Laid out for printing. */
  paper: "a4" | "a3" | null;
  lang: Language;
}

const CODE = /^[\p{L}\p{N}._@-]{1,80}$/u;
const AREA = /^[\p{L}\p{N} ._@,()-]{1,120}$/u;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const WORD = /^[\p{L}\p{N}_ .-]{1,60}$/u;

function matching(value: string | null, pattern: RegExp): string | null {
  return value !== null && pattern.test(value) ? value : null;
}

/** Reads the address; what it does not say, or says wrongly, gets its default. */
export function readState(): State {
  const said = new URLSearchParams(location.hash.slice(1));
  const lang = said.get("lang");
  const paper = said.get("paper");
  return {
    level: said.get("level") === "village" ? "village" : "commune",
    measure: said.get("measure") === "missing" ? "missing" : "rate",
    area: matching(said.get("area"), CODE),
    with: matching(said.get("with"), CODE),
    within: matching(said.get("in"), CODE),
    on: matching(said.get("on"), DAY),
    of: matching(said.get("of"), AREA),
    source: matching(said.get("source"), WORD),
    asOf: matching(said.get("asof"), DAY),
    versus: matching(said.get("vs"), DAY),
    density: said.get("density") === "1",
    gaps: said.get("gaps") === "1",
    paper: paper === "a4" || paper === "a3" ? paper : null,
    lang: lang === "vi" || lang === "en" ? lang : language(),
  };
}

/** Writes the address; a new step of the history where somebody would go back. */
export function writeState(state: State, step: boolean): void {
  const said = new URLSearchParams();
  said.set("level", state.level);
  if (state.measure !== "rate") said.set("measure", state.measure);
  if (state.within) said.set("in", state.within);
  if (state.area) said.set("area", state.area);
  if (state.area && state.with) said.set("with", state.with);
  if (state.on) said.set("on", state.on);
  if (state.of) said.set("of", state.of);
  if (state.source) said.set("source", state.source);
  if (state.asOf) said.set("asof", state.asOf);
  if (state.versus) said.set("vs", state.versus);
  if (state.density) said.set("density", "1");
  if (state.gaps) said.set("gaps", "1");
  if (state.paper) said.set("paper", state.paper);
  said.set("lang", state.lang);
  const address = `#${said}`;
  if (address === location.hash) return;
  if (step) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}
