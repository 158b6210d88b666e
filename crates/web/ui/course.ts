// Coverage as of days in the past, and the sliders that choose them.

import { type Coverage, type Row, json } from "./api";
import { byId, el } from "./dom";
import { day } from "./format";
import { t } from "./i18n";

export interface Course {
  run: number;
  /** Days on which something was collected, oldest first. */
  days: string[];
  rows: { code: string; households: number; covered: number[] }[];
}

const kept = new Map<string, Promise<Course>>();

/** The course of the units of a level; asked once, kept until a new run is published. */
export function course(level: "commune" | "village", on: string | null, source: string | null, of: string | null): Promise<Course> {
  const query = new URLSearchParams({ level });
  if (on && level === "commune") query.set("on", on);
  if (source) query.set("source", source);
  if (of) query.set("area", of);
  const path = `/api/v1/coverage/course?${query}`;
  let answer = kept.get(path);
  if (!answer) {
    answer = json<Course>(path);
    answer.catch(() => kept.delete(path));
    kept.set(path, answer);
  }
  return answer;
}

/** Forgets what was kept: another run was published. */
export function forgetCourse(): void {
  kept.clear();
}

/** Where a day stands among days: that of the last one not after it; -1 before the first. */
function place(days: string[], asOf: string): number {
  return days.findLastIndex((d) => d <= asOf);
}

function share(covered: number, households: number): number | null {
  return households > 0 ? Math.round((10_000 * covered) / households) / 100 : null;
}

/** Coverage as it was on a day: numerators of then over denominators of now. What is not known of then is left out. */
export function asOf(of: Coverage, through: Course, on: string): Coverage {
  const at = place(through.days, on);
  const covered = new Map(through.rows.map((row) => [row.code, at < 0 ? 0 : row.covered[at]]));
  const then = (row: Row): Row => {
    const n = covered.get(row.code) ?? 0;
    return { ...row, covered: n, percent: share(n, row.households), poor: null, poor_covered: null, near_poor: null, near_poor_covered: null, as_of: on };
  };
  const rows = of.rows.map(then);
  const sum = rows.reduce((n, row) => n + row.covered, 0);
  const total = { ...of.total, covered: sum, percent: share(sum, of.total.households), poor: null, poor_covered: null, as_of: on };
  return { ...of, rows, total };
}

/** Draws the sliders: the day shown, and the day that it is compared with. */
export function drawSliders(days: string[], asOfDay: string | null, versus: string | null): void {
  const last = days.length - 1;
  const put = (id: string, value: string | null, words: string): void => {
    const input = byId<HTMLInputElement>(id);
    input.max = String(last + 1);
    input.value = String(value === null ? last + 1 : Math.max(0, place(days, value)));
    input.setAttribute("aria-valuetext", words);
    byId(`${id}-said`).textContent = words;
  };
  const words = (value: string | null): string => (value === null ? t("asOfNow") : day(value));
  put("time", asOfDay, words(asOfDay));
  put("versus", versus ?? days[0] ?? null, words(versus ?? days[0] ?? null));
  byId("time-field").hidden = days.length < 2;
  byId<HTMLInputElement>("compare-days").checked = versus !== null;
  byId("versus-field").hidden = versus === null;
}

/** The day that a slider stands at; null is now. */
export function chosenDay(days: string[], value: string): string | null {
  return days[Number(value)] ?? null;
}

/** What a unit's coverage was on two days, side by side. */
export function twoDays(now: Row, nowDay: string | null, then: Row, thenDay: string, written: { count(n: number): string; percent(p: number | null): string }): HTMLElement {
  const change = now.percent === null || then.percent === null ? "–" : t("points", { n: `${now.percent >= then.percent ? "+" : ""}${written.percent(now.percent - then.percent).replace(/\s?%/, "")}` });
  const line = (name: string, row: Row): HTMLElement =>
    el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, written.count(row.covered)), el("td", {}, written.percent(row.percent)));
  return el("section", {}, el("h3", {}, t("comparison")), el("table", { class: "beside", id: "two-days" },
    el("thead", {}, el("tr", {}, ...[t("dayOf"), t("covered"), t("percent")].map((h) => el("th", { scope: "col" }, h)))),
    el("tbody", {}, line(day(thenDay), then), line(nowDay === null ? t("asOfNow") : day(nowDay), now),
      el("tr", {}, el("th", { scope: "row" }, t("changed")), el("td", {}, written.count(now.covered - then.covered)), el("td", {}, change)))));
}
