// The map on paper: a sheet of A4 or A3 with title, key, scale bar, north arrow and source.

import { el } from "./dom";
import { count } from "./format";
import { t } from "./i18n";

/** Longest scale bar, in pixels. */
const BAR_PX = 140;

/** How much finer the map is drawn for print than for the screen. */
export const PRINT_RATIO = 2;

/** A round length that fits into `most` metres: 1, 2 or 5 and noughts. */
export function roundLength(most: number): number {
  const unit = 10 ** Math.floor(Math.log10(most));
  return ([5, 2, 1].find((k) => k * unit <= most) ?? 1) * unit;
}

/** Draws the scale bar. */
export function drawScale(at: HTMLElement, metresAPixel: number): void {
  const length = roundLength(BAR_PX * metresAPixel);
  const words = length >= 1_000 ? `${count(length / 1_000)} km` : `${count(length)} m`;
  if (at.dataset.words === words && at.dataset.at === String(metresAPixel)) return;
  [at.dataset.words, at.dataset.at] = [words, String(metresAPixel)];
  const line = el("i", { "aria-hidden": "true" });
  line.style.width = `${Math.round(length / metresAPixel)}px`;
  at.replaceChildren(line, el("span", {}, words));
}

/** What stands on the sheet beside the map. */
export interface Sheet {
  title: string;
  figure: string;
  source: string;
  notes: string[];
  made: string;
}

/** Draws the words of the sheet. */
export function drawSheet(at: HTMLElement, sheet: Sheet): void {
  at.replaceChildren(
    el("h2", {}, sheet.title),
    el("p", { class: "sheet-figure" }, sheet.figure),
    el("p", {}, sheet.source),
    ...sheet.notes.map((note) => el("p", {}, note)),
    el("p", {}, sheet.made),
  );
}

/** The north arrow. */
export function northArrow(): HTMLElement {
  return el("div", { class: "north", role: "img", "aria-label": t("north") },
    el("i", { "aria-hidden": "true" }, "▲"), el("span", { "aria-hidden": "true" }, "B / N"));
}
