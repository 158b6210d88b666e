// Search by address, by the name of a unit, or by an address code.

import * as api from "./api";
import { el } from "./dom";
import { t, tOr } from "./i18n";

/** Wait after a key before the server is asked, in milliseconds. */
const PAUSE_MS = 180;

/** A place that was found. */
export interface Found {
  label: string;
  lon: number | null;
  lat: number | null;
  radius_m: number | null;
  /** The village that it is in, where that is known. */
  village: string | null;
}

/** Whether a text has the form of an address code: digits alone, or a Plus Code. */
function isCode(text: string): boolean {
  const code = text.replace(/[\s.-]/g, "");
  return /^\d{10}$|^\d{12}$/.test(code) || /^[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,7}$/i.test(code)
    || /^\d{5}[23456789CFGHJMPQRVWX]{7}$/i.test(code);
}

function ofSuggestion(s: api.Suggestion): Found {
  return { label: s.label, lon: s.lon, lat: s.lat, radius_m: null, village: null };
}

async function ofAddress(text: string): Promise<Found | null> {
  const [best] = await api.geocode(text);
  if (!best) return null;
  return { label: text, lon: best.lon, lat: best.lat, radius_m: best.radius_m, village: best.village?.code ?? null };
}

async function ofCode(text: string): Promise<Found> {
  const answer = await api.code(text);
  const { cell } = answer;
  return {
    label: answer.code,
    lon: cell?.lon ?? null,
    lat: cell?.lat ?? null,
    radius_m: cell ? cell.half_lat_deg * 111_320 : null,
    village: null,
  };
}

/** The search field: a combobox that suggests while one types, and looks up what is entered. */
export class Search {
  private options: api.Suggestion[] = [];
  private active = -1;
  private timer = 0;
  private asked = new AbortController();

  constructor(
    private readonly input: HTMLInputElement,
    private readonly list: HTMLElement,
    private readonly said: HTMLElement,
    private readonly found: (place: Found | null) => void,
  ) {
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (e) => this.key(e));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    input.form?.addEventListener("submit", (e) => {
      e.preventDefault();
      void this.look();
    });
  }

  private typed(): void {
    clearTimeout(this.timer);
    this.asked.abort();
    const text = this.input.value.trim();
    this.said.textContent = "";
    if (text === "") this.found(null);
    if (text.length < 2 || isCode(text)) return this.close();
    this.timer = window.setTimeout(() => {
      this.asked = new AbortController();
      api.suggest(text, this.asked.signal).then((all) => this.open(all), () => this.close());
    }, PAUSE_MS);
  }

  private open(options: api.Suggestion[]): void {
    this.options = options;
    this.active = -1;
    this.list.replaceChildren(...options.map((o, i) =>
      el("li", { role: "option", id: `suggestion-${i}`, "aria-selected": "false", onmousedown: (e) => { e.preventDefault(); this.choose(i); } },
        o.label, el("small", {}, tOr(`role_${o.role}`, o.role)))));
    this.show(options.length > 0);
    this.said.textContent = options.length > 0 ? t("suggestions", { n: options.length }) : "";
  }

  private show(yes: boolean): void {
    this.list.hidden = !yes;
    this.input.setAttribute("aria-expanded", String(yes));
    if (!yes) this.input.removeAttribute("aria-activedescendant");
  }

  private close(): void {
    this.options = [];
    this.active = -1;
    this.show(false);
  }

  private key(e: KeyboardEvent): void {
    if (e.key === "Escape" && !this.list.hidden) {
      e.stopPropagation();
      return this.close();
    }
    if (e.key === "Enter" && this.active >= 0) {
      e.preventDefault();
      return this.choose(this.active);
    }
    const by = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
    if (by === 0 || this.options.length === 0) return;
    e.preventDefault();
    this.active = (this.active + by + this.options.length) % this.options.length;
    for (const [i, option] of [...this.list.children].entries()) option.setAttribute("aria-selected", String(i === this.active));
    this.input.setAttribute("aria-activedescendant", `suggestion-${this.active}`);
    this.list.children[this.active]?.scrollIntoView({ block: "nearest" });
  }

  private choose(i: number): void {
    const option = this.options[i];
    this.input.value = option.label;
    this.close();
    this.tell(ofSuggestion(option));
  }

  private async look(): Promise<void> {
    const text = this.input.value.trim();
    clearTimeout(this.timer);
    this.asked.abort();
    this.close();
    if (!text) return;
    try {
      this.tell(isCode(text) ? await ofCode(text.replace(/[\s.-]/g, "")) : await ofAddress(text));
    } catch (error) {
      this.said.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  private tell(place: Found | null): void {
    this.said.textContent = place ? t("foundPlace", { place: place.label }) : t("foundNothing");
    this.said.classList.toggle("wrong", !place);
    this.found(place);
  }
}
