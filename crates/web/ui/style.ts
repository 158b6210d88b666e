// The style of the map: own layers over own tiles, no glyphs and no pictures from elsewhere.

import type { StyleSpecification } from "maplibre-gl";

import type { TileJson } from "./api";
import { DENSITY, GAPS, cellColour } from "./scale";

/** Layers of units. */
export type Layer = "communes" | "villages";

/** Layers of cells that can be laid over the units. */
export const CELLS = { density: DENSITY, gaps: GAPS } as const;

export type CellLayer = keyof typeof CELLS;

/** Zoom from which villages show as outlines below the communes' colours. */
export const VILLAGES_FROM = 11.5;

interface Colours {
  sea: string;
  ink: string;
  border: string;
  inner: string;
}

/** Colours of the map but those of its scales, light and dark. */
const COLOURS: Record<"light" | "dark", Colours> = {
  light: { sea: "#e6edf2", ink: "#1d2b36", border: "#5b6b78", inner: "#ffffff" },
  dark: { sea: "#10181f", ink: "#ffffff", border: "#0b1117", inner: "#24313c" },
};

/** Where the tiles of a layer are. */
export function tilesOf(layer: string, on: string | null): string {
  return `${location.origin}/tiles/${layer}/{z}/{x}/{y}${on ? `?on=${on}` : ""}`;
}

/** The paint that depends on the theme. */
export function themed(dark: boolean): [string, string, string][] {
  const colours = COLOURS[dark ? "dark" : "light"];
  return [
    ["sea", "background-color", colours.sea],
    ["villages-line", "line-color", colours.inner],
    ["communes-line", "line-color", colours.border],
    ["villages-marked", "line-color", colours.ink],
    ["communes-marked", "line-color", colours.ink],
  ];
}

/** The style. */
export function style(about: TileJson, cells: CellLayer[], on: string | null): StyleSpecification {
  const { bounds, maxzoom } = about;
  const source = (layer: string) => ({
    type: "vector" as const,
    tiles: [tilesOf(layer, layer === "communes" ? on : null)],
    bounds,
    maxzoom,
    ...(layer in CELLS ? {} : { promoteId: "code" }),
  });
  const marked = (width: number) =>
    ["case", ["boolean", ["feature-state", "selected"], false], width, ["boolean", ["feature-state", "pointed"], false], width * 0.6, 0];
  const clear = "rgba(0,0,0,0)";
  const units = (layer: Layer) => {
    const common = { type: "fill" as const, source: layer, "source-layer": layer };
    return [
      { id: `${layer}-none`, ...common, paint: { "fill-pattern": "none" } },
      { id: `${layer}-fill`, ...common, paint: { "fill-color": clear, "fill-opacity": 0.95 } },
      { id: `${layer}-doubt`, ...common, paint: {
        "fill-pattern": "doubt", "fill-opacity": ["case", ["boolean", ["feature-state", "doubtful"], false], 1, 0] } },
    ];
  };
  const line = (layer: Layer) => ({ type: "line" as const, source: layer, "source-layer": layer });
  const outline = (layer: Layer) => ({
    id: `${layer}-marked`, ...line(layer), layout: { "line-join": "round" }, paint: { "line-width": marked(3.2) },
  });
  const laid = (layer: CellLayer) => ({
    id: `${layer}-cells`, type: "fill" as const, source: layer, "source-layer": layer, layout: { visibility: "none" },
    paint: { "fill-color": cellColour(CELLS[layer]), "fill-opacity": 0.88, "fill-outline-color": clear },
  });
  return {
    version: 8,
    sources: Object.fromEntries(["communes", "villages", ...cells].map((layer) => [layer, source(layer)])),
    layers: [
      { id: "sea", type: "background" },
      ...units("communes"),
      ...units("villages"),
      ...cells.map(laid),
      { id: "villages-line", ...line("villages"), minzoom: VILLAGES_FROM, paint: { "line-width": 0.8, "line-opacity": 0.9 } },
      { id: "communes-line", ...line("communes"), paint: { "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 12, 1.4] } },
      outline("villages"),
      outline("communes"),
    ],
  } as StyleSpecification;
}

interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Diagonal lines in a colour (red, green, blue, opacity) over a ground. */
function hatch(size: number, width: number, rising: boolean, line: number[], ground: number[]): Picture {
  const data = new Uint8Array(size * size * 4);
  for (let i = 0; i < size * size; i += 1) {
    const [x, y] = [i % size, Math.floor(i / size)];
    data.set((rising ? x + y : x - y + size) % size < width ? line : ground, i * 4);
  }
  return { width: size, height: size, data };
}

/** Pictures of the style: no data, and numbers to be read with caution. */
export function pictures(dark: boolean): Record<"none" | "doubt", Picture> {
  return {
    none: dark ? hatch(8, 2, true, [62, 74, 84, 255], [32, 42, 51, 255]) : hatch(8, 2, true, [214, 217, 221, 255], [243, 243, 241, 255]),
    doubt: hatch(10, 1, false, [29, 43, 54, 90], [0, 0, 0, 0]),
  };
}
