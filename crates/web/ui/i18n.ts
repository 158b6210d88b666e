// Words, Vietnamese first, English second; all of them stand in one table, words.json.

import words from "./words.json";

export type Language = "vi" | "en";

const KEPT_AS = "diachiso.language";

export type Word = keyof typeof words;

let current: Language = readKept();

function readKept(): Language {
  try {
    return localStorage.getItem(KEPT_AS) === "en" ? "en" : "vi";
  } catch {
    return "vi"; // storage switched off: Vietnamese first
  }
}

/** The language in use. */
export function language(): Language {
  return current;
}

/** Changes the language and keeps it for the next visit. */
export function setLanguage(to: Language): void {
  current = to;
  document.documentElement.lang = to;
  try {
    localStorage.setItem(KEPT_AS, to);
  } catch {
    // Storage switched off: the choice lasts as long as the page.
  }
}

/** A word or sentence, with its `{holes}` filled. */
export function t(word: Word, holes: Record<string, string | number> = {}): string {
  const text: string = words[word][current === "vi" ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(holes[name] ?? whole));
}

/** A word whose key is made of data; the data itself where there is no such word. */
export function tOr(key: string, otherwise: string): string {
  return key in words ? t(key as Word) : otherwise;
}

/** What the server says in both languages. */
export function either(vi: string | null | undefined, en: string | null | undefined): string {
  return (current === "vi" ? vi : en) ?? "";
}

/** Puts the words into the fixed parts of the page. */
export function translatePage(): void {
  document.title = t((document.documentElement.dataset.title ?? "title") as Word);
  for (const node of document.querySelectorAll<HTMLElement>("[data-t]")) {
    node.textContent = t(node.dataset.t as Word);
  }
  for (const node of document.querySelectorAll<HTMLElement>("[data-t-label]")) {
    const text = t(node.dataset.tLabel as Word);
    node.setAttribute("aria-label", text);
    if (node instanceof HTMLButtonElement) node.title = text;
    if (node instanceof HTMLInputElement) node.placeholder = text;
  }
}
