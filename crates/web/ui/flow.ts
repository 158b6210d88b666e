// The flow of a unit's households: from the register to what became of each, as a figure and as numbers.

import type { Row } from "./api";
import { el } from "./dom";
import { count, percent } from "./format";
import { t, tOr } from "./i18n";

/** Order of the states: as they are counted; those outside the denominator last. */
const ORDER = ["covered", "pending", "rejected", "none", "claimed", "absent", "away", "refused", "leaving", "duplicate_line", "moved", "gone"];

/** Colours of the bands: told apart by lightness too. */
const BAND: Record<string, string> = {
  covered: "#2c7fb8", pending: "#fdae61", rejected: "#d7301f", none: "#8c510a", claimed: "#c7a76c", absent: "#bf812d", away: "#80b1a8",
  refused: "#5e3c99", leaving: "#b2abd2", duplicate_line: "#9aa5ad", moved: "#9aa5ad", gone: "#9aa5ad",
};

const [WIDTH, GAP, LEFT, RIGHT] = [296, 6, 10, 10];
/** Height of all bands together, and the least of one that is not nothing. */
const [HEIGHT, LEAST] = [132, 3];

const SVG = "http://www.w3.org/2000/svg";

function svg(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** States with households, in order. */
export function statesOf(row: Row): [string, number][] {
  return Object.entries(row.states).filter(([, n]) => n > 0).sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b));
}

/** The flow as a figure: a bar of the register on the left, a band to each state on the right. */
function figure(states: [string, number][], whole: number): SVGElement {
  const heights = states.map(([, n]) => Math.max(LEAST, (n / whole) * HEIGHT));
  const left = heights.reduce((a, b) => a + b, 0);
  const right = left + GAP * (states.length - 1);
  const label = t("flowLabel", { n: count(whole), parts: states.map(([s, n]) => `${tOr(`state_${s}`, s)} ${count(n)}`).join(", ") });
  const at = svg("svg", { viewBox: `0 0 ${WIDTH} ${right}`, width: WIDTH, height: right, role: "img", "aria-label": label, class: "flow" });
  let [from, to] = [(right - left) / 2, 0];
  at.append(svg("rect", { x: 0, y: from, width: LEFT, height: left, class: "flow-all" }));
  states.forEach(([state], i) => {
    const h = heights[i];
    const [x0, x1, mid] = [LEFT, WIDTH - RIGHT, WIDTH / 2];
    const path = `M${x0},${from} C${mid},${from} ${mid},${to} ${x1},${to} V${to + h} C${mid},${to + h} ${mid},${from + h} ${x0},${from + h} Z`;
    const colour = BAND[state] ?? "#9aa5ad";
    at.append(svg("path", { d: path, fill: colour, "fill-opacity": 0.45 }), svg("rect", { x: x1, y: to, width: RIGHT, height: h, fill: colour }));
    from += h;
    to += h + GAP;
  });
  return at;
}

/** The flow with its numbers; what is in no register stands apart. */
export function flow(row: Row): HTMLElement {
  const states = statesOf(row);
  const whole = states.reduce((sum, [, n]) => sum + n, 0);
  const lines = states.map(([state, n]) => {
    const key = el("i", { class: "swatch", "aria-hidden": "true" });
    key.style.background = BAND[state] ?? "#9aa5ad";
    return el("div", {}, el("dt", {}, key, tOr(`state_${state}`, state)), el("dd", {}, count(n), el("small", {}, percent((100 * n) / Math.max(1, whole)))));
  });
  return el("section", { class: "flows" },
    el("h3", {}, t("flow")),
    el("p", { class: "small" }, `${t("inRegister")}: `, el("strong", {}, count(whole))),
    whole > 0 && (figure(states, whole) as unknown as HTMLElement),
    el("dl", { class: "tallies" }, ...lines,
      el("div", { class: "apart" }, el("dt", {}, t("state_outside")), el("dd", {}, count(row.outside_list)))));
}
