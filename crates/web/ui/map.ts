// The map: own style, own tiles, nothing from elsewhere.

import type { Geometry } from "geojson";
import {
  LngLatBounds,
  Map as MapLibre,
  type MapGeoJSONFeature,
  Marker,
  type VectorTileSource,
  setWorkerUrl,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

import type { TileJson } from "./api";
import { el } from "./dom";
import { Labels } from "./labels";
import { type Scale, colourOf } from "./scale";
import { type CellLayer, type Layer, VILLAGES_FROM, pictures, style, themed, tilesOf } from "./style";
import type { Value } from "./values";

/** Metres on a pixel at zoom 0 on the equator. */
const METRES_A_PIXEL = 40_075_016.7 / 512;

export interface MapActions {
  choose(code: string): void;
  /** The map, or a part of it, cannot be drawn. */
  fail(why: string): void;
  /** The pointer is over a unit, or over none. */
  point(unit: { code: string; name: string } | null, x: number, y: number): void;
  /** The map came to rest somewhere else. */
  moved(): void;
}

export interface MapSetting {
  about: TileJson;
  /** Layers of cells that the server has. */
  cells: CellLayer[];
  on: string | null;
  /** What run the tiles are of. */
  version: string;
  dark: boolean;
}

/** The map with the few things that the page asks of it. */
export class CoverageMap {
  private readonly map: MapLibre;
  private readonly labels: Labels;
  private readonly boxes = new Map<string, LngLatBounds>();
  private readonly marks = new Map<string, { layer: Layer; id: string }>();
  private readonly valued = new Map<Layer, Map<string, Value>>();
  private pin: Marker | null = null;
  private level: "commune" | "village" = "commune";
  private period: string | null;
  private version: string;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly at: HTMLElement,
    private readonly setting: MapSetting,
    private readonly actions: MapActions,
  ) {
    setWorkerUrl(workerUrl);
    const { about, cells, on, version } = setting;
    this.period = on;
    this.version = version;
    this.map = new MapLibre({
      container: at,
      style: style(about, cells, on),
      bounds: about.bounds,
      fitBoundsOptions: { padding: 20 },
      maxBounds: new LngLatBounds(about.bounds).extend([about.bounds[0] - 1.5, about.bounds[1] - 1]).extend([about.bounds[2] + 1.5, about.bounds[3] + 1]),
      maxZoom: 17,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      // A tile of an older run is never shown: the server is asked whether it still holds (304).
      transformRequest: (url) => ({ url, cache: "no-cache" }),
      // What is printed is what was drawn last.
      canvasContextAttributes: { preserveDrawingBuffer: true },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    for (const [name, picture] of Object.entries(pictures(setting.dark))) this.map.addImage(name, picture);
    this.labels = new Labels(this.map, (code) => actions.choose(code));
    this.map.on("click", (e) => {
      const hit = this.hit(e.point.x, e.point.y);
      if (hit) actions.choose(String(hit.properties.code));
    });
    this.map.on("mousemove", (e) => this.pointed(e.point.x, e.point.y));
    this.map.on("mouseout", () => this.pointed(null, 0));
    this.map.on("error", (e) => actions.fail(e.error?.message ?? String(e)));
    this.map.on("idle", () => this.settled());
    this.map.on("move", () => actions.moved());
    this.map.on("dataloading", () => delete at.dataset.idle);
    this.whenStyled(() => this.paint(setting.dark));
  }

  /** Once the first tiles are drawn and the places of the units are known. */
  ready(): Promise<void> {
    return new Promise((done) => (this.at.dataset.idle ? done() : this.waiting.push(done)));
  }

  /** The words for those who do not see the map. */
  describe(text: string): void {
    this.map.getCanvas().setAttribute("aria-label", text);
  }

  /** Light or dark. */
  setDark(dark: boolean): void {
    this.whenStyled(() => {
      for (const [name, picture] of Object.entries(pictures(dark))) this.map.updateImage(name, picture);
      this.paint(dark);
    });
  }

  /** Shows communes or villages, and cells over them. */
  show(level: "commune" | "village", cells: CellLayer[]): void {
    this.level = level;
    const visible = (id: string, yes: boolean) => this.map.setLayoutProperty(id, "visibility", yes ? "visible" : "none");
    this.whenStyled(() => {
      for (const id of ["none", "fill", "doubt"]) visible(`villages-${id}`, level === "village");
      for (const id of ["fill", "doubt"]) visible(`communes-${id}`, level === "commune");
      for (const cell of this.setting.cells) visible(`${cell}-cells`, cells.includes(cell));
      this.map.setLayerZoomRange("villages-line", level === "village" ? 0 : VILLAGES_FROM, 24);
    });
  }

  /** Colours the units of a level by their numbers. */
  colour(level: "commune" | "village", values: Map<string, Value>, scale: Scale): void {
    const layer: Layer = level === "village" ? "villages" : "communes";
    this.whenStyled(() => {
      for (const code of this.valued.get(layer)?.keys() ?? []) {
        if (!values.has(code)) this.map.setFeatureState({ source: layer, sourceLayer: layer, id: code }, { value: null, doubtful: false });
      }
      for (const [code, value] of values) {
        this.map.setFeatureState({ source: layer, sourceLayer: layer, id: code }, { ...value });
      }
      this.valued.set(layer, values);
      this.map.setPaintProperty(`${layer}-fill`, "fill-color", colourOf(scale));
    });
  }

  /** Shows the communes of another period, or everything of another run. */
  setPeriod(on: string | null, version: string): void {
    if (on === this.period && version === this.version) return;
    const again = version === this.version ? ["communes"] : ["communes", "villages", ...this.setting.cells];
    [this.period, this.version] = [on, version];
    this.boxes.clear();
    this.whenStyled(() => {
      for (const layer of again) {
        this.map.getSource<VectorTileSource>(layer)?.setTiles([tilesOf(layer, layer === "communes" ? on : null)]);
      }
    });
  }

  /** Marks a unit by its outline; only villages have codes that are no number. */
  mark(as: "selected" | "pointed", code: string | null): void {
    this.whenStyled(() => {
      const before = this.marks.get(as);
      if (before) this.map.setFeatureState({ source: before.layer, sourceLayer: before.layer, id: before.id }, { [as]: false });
      this.marks.delete(as);
      if (!code) return;
      const layer: Layer = /^\d+$/.test(code) ? "communes" : "villages";
      this.map.setFeatureState({ source: layer, sourceLayer: layer, id: code }, { [as]: true });
      this.marks.set(as, { layer, id: code });
    });
  }

  /** Puts a pin where something was found, with the radius in which it is, or takes it away. */
  found(at: { lon: number; lat: number; radius_m: number | null; label: string } | null): void {
    this.pin?.remove();
    this.pin = null;
    if (!at) return;
    const element = el("div", { class: "pin", role: "img", "aria-label": at.label }, el("i"), el("b"));
    this.pin = new Marker({ element, anchor: "center" }).setLngLat([at.lon, at.lat]).addTo(this.map);
    const radius_m = at.radius_m ?? 0;
    const size = (): void => {
      const metres = (METRES_A_PIXEL * Math.cos((at.lat * Math.PI) / 180)) / 2 ** this.map.getZoom();
      const ring = element.firstElementChild as HTMLElement;
      ring.style.width = ring.style.height = `${Math.round((2 * radius_m) / metres)}px`;
    };
    size();
    const pin = this.pin;
    const follow = (): void => {
      if (this.pin === pin) size();
      else this.map.off("zoom", follow);
    };
    this.map.on("zoom", follow);
    const zoom = Math.min(16, Math.max(10, 16 - Math.log2(Math.max(1, radius_m / 40))));
    this.map.easeTo({ center: [at.lon, at.lat], zoom, duration: 500 });
  }

  /** Moves to the first of these units whose place is known; to everything with data where none is. */
  fit(codes: (string | null | undefined)[], panelWidth: number, animate = true): void {
    const box = new LngLatBounds();
    const known = codes.find((c) => c && this.boxes.has(c));
    for (const [code, one] of this.boxes) if (!known || code === known) box.extend(one);
    this.move(box, panelWidth, animate);
  }

  private move(box: LngLatBounds, panelWidth: number, animate: boolean): void {
    if (box.isEmpty()) box.extend(this.setting.about.bounds);
    const narrow = this.at.clientWidth < 640;
    const padding = narrow ? 24 : { top: 64, right: 64, bottom: 110, left: 40 + panelWidth };
    this.map.fitBounds(box, { padding, animate, duration: 500, maxZoom: 15 });
  }

  /** Moves to all of these units whose place is known; to everything with data where none is. */
  fitAll(codes: string[], panelWidth: number, animate = true): void {
    const known = new Set(codes.filter((code) => this.boxes.has(code)));
    const box = new LngLatBounds();
    for (const [code, one] of this.boxes) if (known.size === 0 || known.has(code)) box.extend(one);
    this.move(box, panelWidth, animate);
  }

  /** One step in or out. */
  zoom(by: 1 | -1): void {
    this.map.zoomTo(this.map.getZoom() + by, { duration: 250 });
  }

  /** Takes another size, keeping what was in view in view; finer for print. */
  resized(pixelRatio: number): void {
    const view = this.map.getBounds();
    this.map.setPixelRatio(pixelRatio);
    this.map.resize();
    this.map.fitBounds(view, { animate: false });
  }

  /** Metres on a pixel of the screen in the middle of the map. */
  metresAPixel(): number {
    return (METRES_A_PIXEL * Math.cos((this.map.getCenter().lat * Math.PI) / 180)) / 2 ** this.map.getZoom();
  }

  private paint(dark: boolean): void {
    for (const [layer, property, colour] of themed(dark)) this.map.setPaintProperty(layer, property as never, colour as never);
  }

  private whenStyled(what: () => void): void {
    if (this.map.style && this.map.getLayer("communes-marked")) what();
    else this.map.once("style.load", what);
  }

  private hit(x: number, y: number): MapGeoJSONFeature | undefined {
    const layers = [this.level === "village" ? "villages-none" : "communes-none"];
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
      const drawn = this.map.querySourceFeatures(source, { sourceLayer: source });
      const values = this.valued.get(source);
      const found = drawn.filter((f) => values?.get(String(f.properties.code)) ?? (source !== layer && "percent" in f.properties));
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
