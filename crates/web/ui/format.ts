// Numbers and days as each language writes them: 24.124 and 99,25 % · 24,124 and 99.25%.

import { type Language, language } from "./i18n";

const locales: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };

/** A count, with its thousands apart. */
export function count(n: number): string {
  return new Intl.NumberFormat(locales[language()]).format(n);
}

/** A percentage with two decimals; a dash where there is nothing to divide by. */
export function percent(p: number | null | undefined): string {
  if (p === null || p === undefined) return "–";
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  const text = new Intl.NumberFormat(locales[language()], digits).format(p);
  return language() === "vi" ? `${text}\u00a0%` : `${text}%`;
}

/** A bound of a class, without decimals that say nothing. */
export function bound(p: number): string {
  return new Intl.NumberFormat(locales[language()], { maximumFractionDigits: 2 }).format(p);
}

/** A day given as YYYY-MM-DD. */
export function day(iso: string): string {
  const at = new Date(`${iso}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return iso;
  const style: Intl.DateTimeFormatOptions =
    language() === "vi"
      ? { day: "2-digit", month: "2-digit", year: "numeric", timeZone: "UTC" }
      : { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat(locales[language()], style).format(at);
}
