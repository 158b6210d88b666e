// The map: own style, own tiles, nothing from elsewhere.

import type { Geometry } from "geojson";
import {
  type FilterSpecification,
  LngLatBounds,
  Map as MapLibre,
  type MapGeoJSONFeature,
  type StyleSpecification,
  type VectorTileSource,
  setWorkerUrl,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

import type { TileJson } from "./api";
import { Labels } from "./labels";
import { coverageColour, densityColour } from "./legend";

export type Layer = "communes" | "villages";

export interface MapActions {
  choose(code: string): void;
  /** The map, or a part of it, cannot be drawn. */
  fail(why: string): void;
  point(feature: { code: string; name: string; households?: number; covered?: number; percent?: number } | null, x: number, y: number): void;
}

const WITH_DATA: FilterSpecification = ["has", "percent"];
const WITHOUT_DATA: FilterSpecification = ["!", ["has", "percent"]];
/** Zoom from which villages show as outlines below the communes' colours. */
const VILLAGES_FROM = 11.5;
const INK = "#1d2b36";

function tilesOf(layer: string, on: string | null): string {
  return `${location.origin}/tiles/${layer}/{z}/{x}/{y}${on ? `?on=${on}` : ""}`;
}

function style(about: TileJson, on: string | null): StyleSpecification {
  const { bounds, maxzoom } = about;
  const source = (layer: string) => ({
    type: "vector" as const,
    tiles: [tilesOf(layer, layer === "communes" ? on : null)],
    bounds,
    maxzoom,
    ...(layer === "density" ? {} : { promoteId: "code" }),
  });
  const marked = (width: number) =>
    ["case", ["boolean", ["feature-state", "selected"], false], width, ["boolean", ["feature-state", "pointed"], false], width * 0.6, 0];
  const outline = (layer: Layer) => ({
    id: `${layer}-marked`,
    type: "line" as const,
    source: layer,
    "source-layer": layer,
    layout: { "line-join": "round" as const },
    paint: { "line-color": INK, "line-width": marked(3.2) },
  });
  return {
    version: 8,
    sources: { communes: source("communes"), villages: source("villages"), density: source("density") },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": "#e6edf2" } },
      { id: "communes-none", type: "fill", source: "communes", "source-layer": "communes", filter: WITHOUT_DATA, paint: { "fill-pattern": "hatch" } },
      { id: "communes-fill", type: "fill", source: "communes", "source-layer": "communes", filter: WITH_DATA, paint: { "fill-color": coverageColour(), "fill-opacity": 0.92 } },
      { id: "villages-none", type: "fill", source: "villages", "source-layer": "villages", filter: WITHOUT_DATA, layout: { visibility: "none" }, paint: { "fill-pattern": "hatch" } },
      { id: "villages-fill", type: "fill", source: "villages", "source-layer": "villages", filter: WITH_DATA, layout: { visibility: "none" }, paint: { "fill-color": coverageColour(), "fill-opacity": 0.95 } },
      { id: "density-fill", type: "fill", source: "density", "source-layer": "density", layout: { visibility: "none" }, paint: { "fill-color": densityColour(), "fill-opacity": 0.88, "fill-outline-color": "rgba(0,0,0,0)" } },
      { id: "villages-line", type: "line", source: "villages", "source-layer": "villages", minzoom: VILLAGES_FROM, paint: { "line-color": "#ffffff", "line-width": 0.8, "line-opacity": 0.9 } },
      { id: "communes-line", type: "line", source: "communes", "source-layer": "communes", paint: { "line-color": "#5b6b78", "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 12, 1.4] } },
      outline("villages") as never,
      outline("communes") as never,
    ],
  };
}

/** Diagonal lines: no data. */
function hatch(): { width: number; height: number; data: Uint8Array } {
  const size = 8;
  const data = new Uint8Array(size * size * 4);
  for (let i = 0; i < size * size; i += 1) {
    const line = ((i % size) + Math.floor(i / size)) % size < 2;
    data.set(line ? [214, 217, 221, 255] : [243, 243, 241, 255], i * 4);
  }
  return { width: size, height: size, data };
}

/** The map with the few things that the page asks of it. */
export class CoverageMap {
  private readonly map: MapLibre;
  private readonly labels: Labels;
  private readonly boxes = new Map<string, LngLatBounds>();
  private readonly marks = new Map<string, { layer: Layer; id: string }>();
  private level: "commune" | "village" = "commune";
  private period: string | null;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly at: HTMLElement,
    private readonly about: TileJson,
    on: string | null,
    private readonly actions: MapActions,
  ) {
    setWorkerUrl(workerUrl);
    this.period = on;
    this.map = new MapLibre({
      container: at,
      style: style(about, on),
      bounds: about.bounds,
      fitBoundsOptions: { padding: 20 },
      maxBounds: new LngLatBounds(about.bounds).extend([about.bounds[0] - 1.5, about.bounds[1] - 1]).extend([about.bounds[2] + 1.5, about.bounds[3] + 1]),
      maxZoom: 17,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addImage("hatch", hatch());
    this.labels = new Labels(this.map, (code) => actions.choose(code));
    this.map.on("click", (e) => {
      const hit = this.hit(e.point.x, e.point.y);
      if (hit) actions.choose(String(hit.properties.code));
    });
    this.map.on("mousemove", (e) => this.pointed(e.point.x, e.point.y));
    this.map.on("mouseout", () => this.pointed(null, 0));
    this.map.on("error", (e) => actions.fail(e.error?.message ?? String(e)));
    this.map.on("idle", () => this.settled());
    this.map.on("dataloading", () => delete at.dataset.idle);
  }

  /** Once the first tiles are drawn and the places of the units are known. */
  ready(): Promise<void> {
    return new Promise((done) => (this.at.dataset.idle ? done() : this.waiting.push(done)));
  }

  /** The words for those who do not see the map. */
  describe(text: string): void {
    this.map.getCanvas().setAttribute("aria-label", text);
  }

  /** Shows communes or villages, the density or not. */
  show(level: "commune" | "village", density: boolean): void {
    this.level = level;
    const visible = (id: string, yes: boolean) => this.map.setLayoutProperty(id, "visibility", yes ? "visible" : "none");
    this.whenStyled(() => {
      for (const id of ["villages-none", "villages-fill"]) visible(id, level === "village");
      visible("density-fill", density);
      this.map.setLayerZoomRange("villages-line", level === "village" ? 0 : VILLAGES_FROM, 24);
      this.map.setPaintProperty("communes-fill", "fill-opacity", level === "village" ? 0.25 : 0.92);
    });
  }

  /** Shows the communes of another period. */
  setPeriod(on: string | null): void {
    if (on === this.period) return;
    this.period = on;
    this.boxes.clear();
    this.whenStyled(() => this.map.getSource<VectorTileSource>("communes")?.setTiles([tilesOf("communes", on)]));
  }

  /** Marks a unit by its outline; only villages have codes that are no number. */
  mark(as: "selected" | "pointed", code: string | null): void {
    this.whenStyled(() => {
      const before = this.marks.get(as);
      if (before) this.map.removeFeatureState({ source: before.layer, sourceLayer: before.layer, id: before.id }, as);
      this.marks.delete(as);
      if (!code) return;
      const layer: Layer = /^\d+$/.test(code) ? "communes" : "villages";
      this.map.setFeatureState({ source: layer, sourceLayer: layer, id: code }, { [as]: true });
      this.marks.set(as, { layer, id: code });
    });
  }

  /** Moves to the first of these units whose place is known; to everything with data where none is. */
  fit(codes: (string | null | undefined)[], panelWidth: number, animate = true): void {
    const box = new LngLatBounds();
    const known = codes.find((c) => c && this.boxes.has(c));
    for (const [code, one] of this.boxes) if (!known || code === known) box.extend(one);
    if (box.isEmpty()) box.extend(this.about.bounds);
    const narrow = this.at.clientWidth < 640;
    const padding = narrow ? 24 : { top: 64, right: 64, bottom: 110, left: 40 + panelWidth };
    this.map.fitBounds(box, { padding, animate, duration: 500, maxZoom: 15 });
  }

  /** One step in or out. */
  zoom(by: 1 | -1): void {
    this.map.zoomTo(this.map.getZoom() + by, { duration: 250 });
  }

  private whenStyled(what: () => void): void {
    if (this.map.style && this.map.getLayer("communes-marked")) what();
    else this.map.once("style.load", what);
  }

  private hit(x: number, y: number): MapGeoJSONFeature | undefined {
    const layers = this.level === "village" ? ["villages-fill", "villages-none"] : ["communes-fill", "communes-none"];
    return this.map.getLayer("communes-fill") ? this.map.queryRenderedFeatures([x, y], { layers })[0] : undefined;
  }

  private pointed(x: number | null, y: number): void {
    const hit = x === null ? undefined : this.hit(x, y);
    this.map.getCanvas().style.cursor = hit ? "pointer" : "";
    this.mark("pointed", hit ? String(hit.properties.code) : null);
    this.actions.point(hit ? (hit.properties as never) : null, x ?? 0, y);
  }

  private settled(): void {
    const layer: Layer = this.level === "village" ? "villages" : "communes";
    for (const source of new Set<Layer>(["communes", layer])) {
      const found = this.map.querySourceFeatures(source, { sourceLayer: source, filter: WITH_DATA });
      for (const feature of found) this.remember(feature);
      if (source === layer) this.labels.draw(found);
    }
    this.at.dataset.idle = "1";
    for (const done of this.waiting.splice(0)) done();
  }

  private remember(feature: { properties: Record<string, unknown>; geometry: Geometry }): void {
    const code = String(feature.properties.code);
    const box = this.boxes.get(code) ?? new LngLatBounds();
    const { geometry } = feature;
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : [];
    for (const at of parts.flatMap((rings) => rings[0])) box.extend(at as [number, number]);
    this.boxes.set(code, box);
  }
}
