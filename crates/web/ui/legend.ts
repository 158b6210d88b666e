// Classes of coverage, their colours, and the key to both.

import type { ExpressionSpecification } from "maplibre-gl";

import { el } from "./dom";
import { bound } from "./format";
import { t } from "./i18n";

/** First percent of each class after the first. */
const BREAKS = [60, 75, 85, 90, 95];

/** ColorBrewer YlGnBu, six classes: rises in darkness alone, so also read without colour vision. */
const COLOURS = ["#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#2c7fb8", "#253494"];

/** Households of a cell and colours of the density layer. */
const DENSITY: [number, string][] = [
  [5, "#fde0c5"],
  [15, "#f59e72"],
  [50, "#d95f0e"],
  [150, "#8c2d04"],
];

/** Colour of a feature by its attribute `percent`. */
export function coverageColour(): ExpressionSpecification {
  const steps = BREAKS.flatMap((from, i) => [from, COLOURS[i + 1]]);
  return ["step", ["get", "percent"], COLOURS[0], ...steps] as unknown as ExpressionSpecification;
}

/** Colour of a cell by its attribute `households`. */
export function densityColour(): ExpressionSpecification {
  return ["interpolate", ["linear"], ["get", "households"], ...DENSITY.flat()] as unknown as ExpressionSpecification;
}

function swatch(colour: string | null): HTMLElement {
  const box = el("i", { class: colour ? "swatch" : "swatch hatch", "aria-hidden": "true" });
  if (colour) box.style.background = colour;
  return box;
}

/** Draws the key. */
export function drawLegend(at: HTMLElement, density: boolean): void {
  const edges = [0, ...BREAKS, 100];
  const classes = COLOURS.map((colour, i) => {
    const range = `${bound(edges[i])}–${bound(edges[i + 1])}`;
    return el("li", { title: `${range} %` }, swatch(colour), el("span", {}, bound(edges[i])));
  });
  const end = el("li", { class: "end" }, bound(100));
  const parts: HTMLElement[] = [
    el("h2", {}, t("legend")),
    el("div", { class: "keys" },
      el("ul", { class: "scale" }, ...classes, end),
      el("ul", {}, el("li", {}, swatch(null), t("noData")))),
  ];
  if (density) {
    const cells = DENSITY.map(([n, colour], i) =>
      el("li", {}, swatch(colour), i === DENSITY.length - 1 ? `≥ ${bound(n)}` : bound(n)),
    );
    parts.push(el("h2", {}, t("legendDensity")), el("ul", {}, ...cells));
  }
  at.replaceChildren(...parts);
}
