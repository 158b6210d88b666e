// Classes of what the map shows and their colours. All scales rise or part in lightness alone too, so that they can be
// read without colour vision: ColorBrewer YlGnBu, Oranges and PuOr.

import type { ExpressionSpecification } from "maplibre-gl";

/** What a unit's colour tells: the share covered, the number missing, or how many points the share changed. */
export type Measure = "rate" | "missing" | "change";

export interface Scale {
  measure: Measure;
  /** First value of each class after the first. */
  breaks: number[];
  /** One colour more than breaks. */
  colours: string[];
}

const RATE: Scale = {
  measure: "rate",
  breaks: [60, 75, 85, 90, 95],
  colours: ["#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#2c7fb8", "#253494"],
};

const CHANGE: Scale = {
  measure: "change",
  breaks: [-10, -2, 0.005, 2, 10],
  colours: ["#b35806", "#f1a340", "#fee0b6", "#d8daeb", "#998ec3", "#542788"],
};

const MISSING = ["#feedde", "#fdd0a2", "#fdae6b", "#fd8d3c", "#e6550d", "#a63603"];

/** The next number of the row 1, 2, 5, 10, 20, 50, … that is not below `n`. */
function round(n: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, n)));
  return [1, 2, 5, 10].map((k) => k * unit).find((k) => k >= n) ?? 10 * unit;
}

/** The scale of a measure. Numbers of missing households have classes of about equally many units, at round bounds. */
export function scaleOf(measure: Measure, values: number[]): Scale {
  if (measure === "rate") return RATE;
  if (measure === "change") return CHANGE;
  const sorted = values.filter((v) => v > 0).sort((a, b) => a - b);
  const bounds = [1, 2, 3, 4, 5].map((i) => round(sorted[Math.floor((i * sorted.length) / 6)] ?? 1));
  const breaks = [...new Set(bounds)];
  // Fewer classes keep the darkest colours: the most that are missing are always the darkest.
  return { measure, breaks, colours: MISSING.slice(MISSING.length - breaks.length - 1) };
}

/** What units without a value have. */
const NOTHING = -1e9;

/** Colour of a unit by its feature state `value`; clear without one. */
export function colourOf(scale: Scale): ExpressionSpecification {
  const value = ["to-number", ["coalesce", ["feature-state", "value"], NOTHING]];
  const steps = scale.breaks.flatMap((from, i) => [from, scale.colours[i + 1]]);
  return ["step", value, "rgba(0,0,0,0)", NOTHING / 2, scale.colours[0], ...steps] as unknown as ExpressionSpecification;
}

/** Households of a cell and colours of a layer of cells. */
export interface Cells {
  from: number;
  colour: string;
}

export const DENSITY: Cells[] = [
  { from: 5, colour: "#d9f0d3" },
  { from: 15, colour: "#a6dba0" },
  { from: 50, colour: "#5aae61" },
  { from: 150, colour: "#1b7837" },
];

export const GAPS: Cells[] = [
  { from: 5, colour: "#fde0c5" },
  { from: 15, colour: "#f59e72" },
  { from: 50, colour: "#d95f0e" },
  { from: 150, colour: "#8c2d04" },
];

/** Colour of a cell by its attribute `households`. */
export function cellColour(cells: Cells[]): ExpressionSpecification {
  const stops = cells.flatMap((c) => [c.from, c.colour]);
  return ["interpolate", ["linear"], ["get", "households"], ...stops] as unknown as ExpressionSpecification;
}
