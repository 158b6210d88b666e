// Which units are shown: today's, those of another date, or what lies in a set of units.

import type { Areas, Counts, Coverage, Row } from "./api";
import { el } from "./dom";
import { day } from "./format";
import { t } from "./i18n";

/** Marks the choices that are areas and no days. */
const AREA = "of:";

/** Saved sets and units of earlier dates, in the order of the menu: id and name. */
export function namedAreas(areas: Areas): [string, string][] {
  return [...(areas.saved ?? []), ...(areas.former ?? [])].map((one) => [one.id, one.name]);
}

/** Fills the chooser: days first, then saved areas, then units of earlier dates. An area that only the address names
 * stands under its own name. */
export function drawUnits(at: HTMLSelectElement, areas: Areas, on: string | null, of: { id: string; name: string } | null): void {
  const option = (value: string, name: string): HTMLElement => el("option", { value }, name);
  const group = (label: string, all: HTMLElement[]): HTMLElement[] => (all.length > 0 ? [el("optgroup", { label }, ...all)] : []);
  const area = ({ id, name }: { id: string; name: string }): HTMLElement => option(`${AREA}${id}`, name);
  const today = areas.periods.at(-1);
  const days = [...areas.periods].reverse().map((p) => option(p, p === today ? t("unitsToday", { day: day(p) }) : t("unitsOf", { day: day(p) })));
  const saved = areas.saved ?? [];
  const former = areas.former ?? [];
  const by = (level: string): HTMLElement[] => former.filter((one) => one.level === level).map(area);
  const known = of === null || saved.some((one) => one.id === of.id) || former.some((one) => one.id === of.id);
  at.replaceChildren(
    ...group(t("unitsGroup"), days),
    ...group(t("savedGroup"), [...saved.map(area), ...(known ? [] : [area(of)])]),
    ...group(t("formerDistricts"), by("district")),
    ...group(t("formerCommunes"), by("commune")));
  at.value = of ? `${AREA}${of.id}` : (on ?? areas.period);
}

/** What was chosen. */
export function chosenUnits(value: string, period: string): { on: string | null; of: string | null } | { of: string } {
  if (value.startsWith(AREA)) return { of: value.slice(AREA.length) };
  return { on: value === period ? null : value, of: null };
}

/** The sum of an area as if it were a unit. */
export function areaRow(of: Coverage): Row | null {
  if (!of.area || of.rows.length === 0) return null;
  return { ...of.total, code: of.area.id, name: of.area.name, level: "area", parent: null };
}

function sum(rows: Row[], key: "households" | "covered" | "persons" | "persons_covered" | "outside_list"): number {
  return rows.reduce((n, row) => n + row[key], 0);
}

function told(rows: Row[], key: "poor" | "poor_covered" | "near_poor" | "near_poor_covered"): number | null {
  return rows.reduce<number | null>((n, row) => (n === null || row[key] === null ? null : n + row[key]), 0);
}

function together(rows: Row[], key: "states" | "by_class"): Record<string, number> {
  const all: Record<string, number> = {};
  for (const row of rows) for (const [name, n] of Object.entries(row[key])) all[name] = (all[name] ?? 0) + n;
  return all;
}

/** The rows of an answer that lie in a unit, and their sum. */
export function within(of: Coverage, parent: string): Coverage {
  const rows = of.rows.filter((row) => row.parent === parent);
  const [households, covered] = [sum(rows, "households"), sum(rows, "covered")];
  const total: Counts = {
    households, covered,
    percent: households > 0 ? Math.round((10_000 * covered) / households) / 100 : null,
    persons: sum(rows, "persons"), persons_covered: sum(rows, "persons_covered"), outside_list: sum(rows, "outside_list"),
    poor: told(rows, "poor"), poor_covered: told(rows, "poor_covered"),
    near_poor: told(rows, "near_poor"), near_poor_covered: told(rows, "near_poor_covered"),
    states: together(rows, "states"), by_class: together(rows, "by_class"),
  };
  return { ...of, rows, total };
}
