// The key to the map's colours.

import { el } from "./dom";
import { bound } from "./format";
import { t } from "./i18n";
import { CELLS, type CellLayer } from "./style";
import type { Scale } from "./scale";

function swatch(colour: string | null, kind = ""): HTMLElement {
  const box = el("i", { class: `swatch ${kind}`, "aria-hidden": "true" });
  if (colour) box.style.backgroundColor = colour;
  return box;
}

/** A class's lower bound, with a sign where the scale tells changes. */
function edge(scale: Scale, n: number): string {
  return scale.measure === "change" && n > 0 ? `+${bound(n)}` : bound(n);
}

function classes(scale: Scale): HTMLElement {
  const first = scale.measure === "change" ? "" : bound(0);
  const from = [first, ...scale.breaks.map((b) => edge(scale, Math.abs(b) < 0.01 ? 0 : b))];
  const items = scale.colours.map((colour, i) => el("li", {}, swatch(colour), el("span", {}, from[i])));
  const end = scale.measure === "rate" ? bound(100) : "";
  return el("ul", { class: "scale" }, ...items, el("li", { class: "end" }, end));
}

/** Draws the key; `doubt` says why some units are hatched. */
export function drawLegend(at: HTMLElement, scale: Scale, doubt: string | null, laid: CellLayer[]): void {
  const parts: HTMLElement[] = [
    el("h2", {}, t(`legend_${scale.measure}`)),
    el("div", { class: "keys" },
      classes(scale),
      el("ul", {},
        el("li", {}, swatch(null, "hatch"), t("noData")),
        doubt !== null && el("li", {}, swatch(scale.colours[2], "doubt"), doubt))),
  ];
  for (const layer of laid) {
    const cells = CELLS[layer].map(({ from, colour }, i, all) =>
      el("li", {}, swatch(colour), i === all.length - 1 ? `≥ ${bound(from)}` : bound(from)));
    parts.push(el("h2", {}, t(`legend_${layer}`)), el("ul", {}, ...cells));
  }
  at.replaceChildren(...parts);
}
