// The officer's desk: who has a token chooses what to do. What is open stands in the address; the token never does.

import { Refusal, ask } from "../api";
import { byId, el } from "../dom";
import { type Language, type Word, language, setLanguage, t, translatePage } from "../i18n";
import { bearer, canBeToken, keepToken, keptToken } from "../session";
import { type Theme, setTheme, startTheme, theme } from "../theme";
import { gapsPart } from "./gaps";
import { historyPart } from "./history";
import { resultsPart } from "./results";
import { reviewPart } from "./review";
import { uploadPart } from "./upload";

/** A part of the desk: draws itself, and says how to stop what it began. */
export type Part = (at: HTMLElement, token: string, rest: string) => Promise<(() => void) | void>;

const PARTS: [string, Word, Part][] = [
  ["gaps", "partGaps", gapsPart],
  ["results", "partResults", resultsPart],
  ["upload", "partUpload", uploadPart],
  ["review", "partReview", reviewPart],
  ["history", "partHistory", historyPart],
];

let stop: (() => void) | void;
let turn = 0;

/** The part named by the address, and what it says beyond its name. */
function named(): [string, string] {
  const [name, rest = ""] = location.hash.slice(1).split("=", 2);
  return [PARTS.some(([key]) => key === name) ? name : PARTS[0][0], decodeURIComponent(rest)];
}

function drawControls(): void {
  translatePage();
  for (const button of document.querySelectorAll<HTMLElement>("#languages [data-lang]")) {
    button.setAttribute("aria-pressed", String(button.dataset.lang === language()));
  }
  const themes = byId<HTMLSelectElement>("theme");
  themes.replaceChildren(...(["auto", "light", "dark"] as const).map((k) => el("option", { value: k }, t(`theme_${k}`))));
  themes.value = theme();
  const [open] = named();
  byId("tabs").replaceChildren(...PARTS.map(([key, word]) =>
    el("a", { href: `#${key}`, id: `tab-${key}`, "aria-current": key === open ? "page" : null }, t(word))));
}

async function draw(): Promise<void> {
  const mine = (turn += 1);
  drawControls();
  const token = keptToken();
  byId("enter").hidden = token !== "";
  byId("inside").hidden = byId("leave").hidden = token === "";
  stop?.();
  stop = undefined;
  const at = byId("part");
  at.replaceChildren();
  if (token) {
    const [open, rest] = named();
    const part = PARTS.find(([key]) => key === open)?.[2] ?? gapsPart;
    try {
      const ends = await part(at, token, rest);
      if (mine === turn) stop = ends;
      else ends?.();
    } catch (error) {
      if (mine === turn) failed(at, error);
    }
  } else byId("token").focus();
  if (mine === turn) document.body.classList.add("settled");
}

/** Says what was refused; a token that does not hold any more is forgotten. */
function failed(at: HTMLElement, error: unknown): void {
  if (error instanceof Refusal && error.status === 401) {
    keepToken("");
    byId("enter-said").textContent = t("refused");
    return void draw();
  }
  at.append(el("p", { class: "failure", role: "alert" }, error instanceof Error ? error.message : String(error)));
}

async function enter(event: Event): Promise<void> {
  event.preventDefault();
  const field = byId<HTMLInputElement>("token");
  const said = byId("enter-said");
  const token = field.value.trim();
  said.textContent = "";
  try {
    if (!canBeToken(token)) throw new Refusal(401, "");
    // Whoever may not hand in may not sit here.
    await ask("/api/v1/batches?limit=1", { headers: bearer(token) });
    keepToken(token);
    field.value = "";
    await draw();
    byId("part").focus();
  } catch (error) {
    const unknown = error instanceof Refusal && error.status === 401;
    said.textContent = unknown ? t(token ? "refused" : "needToken") : error instanceof Error ? error.message : String(error);
    field.focus();
  }
}

byId("enter").addEventListener("submit", (e) => void enter(e));
byId("leave").addEventListener("click", () => {
  keepToken("");
  void draw();
});
byId("skip").addEventListener("click", (e) => {
  e.preventDefault();
  byId("main").focus();
});
for (const button of document.querySelectorAll<HTMLElement>("#languages [data-lang]")) {
  button.addEventListener("click", () => {
    setLanguage(button.dataset.lang as Language);
    void draw();
  });
}
byId<HTMLSelectElement>("theme").addEventListener("change", (e) => setTheme((e.target as HTMLSelectElement).value as Theme));
addEventListener("hashchange", () => void draw());
setLanguage(language());
startTheme(() => undefined);
void draw();
