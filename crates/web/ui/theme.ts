// Light, dark, or as the system says. The choice is kept for the next visit; it tells nothing about anybody.

export type Theme = "auto" | "light" | "dark";

const KEPT_AS = "diachiso.theme";
const DARK = matchMedia("(prefers-color-scheme: dark)");

let chosen: Theme = readKept();
let paper = false;

function readKept(): Theme {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return kept === "light" || kept === "dark" ? kept : "auto";
  } catch {
    return "auto";
  }
}

/** What was chosen. */
export function theme(): Theme {
  return chosen;
}

/** Paper is always light. */
export function onPaper(yes: boolean): void {
  paper = yes;
  put();
}

/** Whether the page is dark now. */
export function dark(): boolean {
  return !paper && (chosen === "dark" || (chosen === "auto" && DARK.matches));
}

function put(): void {
  document.documentElement.dataset.theme = dark() ? "dark" : "light";
}

/** Changes the theme and keeps it. */
export function setTheme(to: Theme): void {
  chosen = to;
  put();
  try {
    localStorage.setItem(KEPT_AS, to);
  } catch {
    // Storage switched off: the choice lasts as long as the page.
  }
}

/** Puts the theme on the page, and says when the system changes it. */
export function startTheme(changed: () => void): void {
  put();
  DARK.addEventListener("change", () => {
    put();
    changed();
  });
}
