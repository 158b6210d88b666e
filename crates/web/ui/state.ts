// What is shown, kept in the address after the `#` so that it can be sent to others. Never a token.

import { type Language, language } from "./i18n";

export interface State {
  /** Level of the map's colours and the table's rows. */
  level: "commune" | "village";
  /** Selected unit. */
  area: string | null;
  /** Commune whose villages the table shows. */
  within: string | null;
  /** Period; null is that of the denominator. */
  on: string | null;
  density: boolean;
  lang: Language;
}

const CODE = /^[\p{L}\p{N}._-]{1,80}$/u;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

function matching(value: string | null, pattern: RegExp): string | null {
  return value !== null && pattern.test(value) ? value : null;
}

/** Reads the address; what it does not say, or says wrongly, gets its default. */
export function readState(): State {
  const said = new URLSearchParams(location.hash.slice(1));
  const lang = said.get("lang");
  return {
    level: said.get("level") === "village" ? "village" : "commune",
    area: matching(said.get("area"), CODE),
    within: matching(said.get("in"), CODE),
    on: matching(said.get("on"), DAY),
    density: said.get("density") === "1",
    lang: lang === "vi" || lang === "en" ? lang : language(),
  };
}

/** Writes the address; a new step of the history where somebody would go back. */
export function writeState(state: State, step: boolean): void {
  const said = new URLSearchParams();
  said.set("level", state.level);
  if (state.within) said.set("in", state.within);
  if (state.area) said.set("area", state.area);
  if (state.on) said.set("on", state.on);
  if (state.density) said.set("density", "1");
  said.set("lang", state.lang);
  const address = `#${said}`;
  if (address === location.hash) return;
  if (step) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}
