// Where to look for the households of a list: suggested positions, and the walk through one village.

import { LngLatBounds, type GeoJSONSource, Map as MapLibre, Marker, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

import { tileJson } from "../api";
import { el } from "../dom";
import { t } from "../i18n";
import { dark } from "../theme";
import type { Gap } from "./gap_list";

/** Most stops that carry their number: more would hide each other. */
const MOST_NUMBERS = 60;

type At = [number, number];

function collection(features: object[]): never {
  return { type: "FeatureCollection", features } as never;
}

/** The map of a gap list. */
export class GapMap {
  private markers: Marker[] = [];

  private constructor(private readonly map: MapLibre, private readonly choose: (household: string) => void) {}

  /** Makes it, over the shapes of communes and villages. */
  static async at(at: HTMLElement, choose: (household: string) => void): Promise<GapMap> {
    setWorkerUrl(workerUrl);
    const { bounds, maxzoom } = await tileJson("villages");
    const source = (layer: string) => ({ type: "vector" as const, tiles: [`${location.origin}/tiles/${layer}/{z}/{x}/{y}`], bounds, maxzoom });
    const [ground, land, line, ink] = dark() ? ["#10181f", "#1f2b35", "#4a5a67", "#e6edf2"] : ["#e6edf2", "#f7f7f4", "#b3bec7", "#1d2b36"];
    const map = new MapLibre({
      container: at, bounds, attributionControl: false, dragRotate: false, pitchWithRotate: false, fadeDuration: 0, maxZoom: 18,
      style: {
        version: 8,
        sources: {
          communes: source("communes"), villages: source("villages"),
          gaps: { type: "geojson", data: collection([]) }, walk: { type: "geojson", data: collection([]) },
        },
        layers: [
          { id: "sea", type: "background", paint: { "background-color": ground } },
          { id: "land", type: "fill", source: "communes", "source-layer": "communes", paint: { "fill-color": land } },
          { id: "villages", type: "line", source: "villages", "source-layer": "villages", paint: { "line-color": line, "line-width": 1 } },
          { id: "communes", type: "line", source: "communes", "source-layer": "communes", paint: { "line-color": line, "line-width": 2.2 } },
          { id: "walk", type: "line", source: "walk", paint: { "line-color": "#2c7fb8", "line-width": 2.5, "line-dasharray": [2, 1.4] } },
          { id: "gaps", type: "circle", source: "gaps", paint: {
            "circle-radius": ["interpolate", ["linear"], ["zoom"],
              10, ["case", ["==", ["get", "poverty"], "none"], 2.2, 4.5], 14, ["case", ["==", ["get", "poverty"], "none"], 5, 7]],
            "circle-color": ["match", ["get", "poverty"], "poor", "#b2182b", "near_poor", "#ef8a62", "#2c7fb8"],
            "circle-stroke-color": ink, "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 10, 0.4, 14, 1.2] } },
        ],
      },
    });
    map.touchZoomRotate.disableRotation();
    map.on("idle", () => (at.dataset.idle = "1"));
    map.on("dataloading", () => delete at.dataset.idle);
    await new Promise((done) => map.once("load", done));
    const made = new GapMap(map, choose);
    map.getCanvas().setAttribute("aria-label", t("gapMapLabel"));
    map.on("click", "gaps", (e) => choose(String(e.features?.[0]?.properties.household)));
    for (const [event, cursor] of [["mouseenter", "pointer"], ["mouseleave", ""]] as const) {
      map.on(event, "gaps", () => (map.getCanvas().style.cursor = cursor));
    }
    return made;
  }

  /** Shows rows; the walk through them where they are of one village. */
  show(rows: Gap[], walking: boolean): void {
    const placed = rows.filter((row) => row.suggested);
    const place = (row: Gap): At => [row.suggested?.lon ?? 0, row.suggested?.lat ?? 0];
    this.map.getSource<GeoJSONSource>("gaps")?.setData(collection(placed.map((row) => ({
      type: "Feature", geometry: { type: "Point", coordinates: place(row) }, properties: { household: row.household, poverty: row.poverty },
    }))));
    const stops = walking ? [...placed].filter((r) => r.walk !== null).sort((a, b) => (a.walk ?? 0) - (b.walk ?? 0)) : [];
    this.map.getSource<GeoJSONSource>("walk")?.setData(collection(stops.length < 2 ? [] : [
      { type: "Feature", geometry: { type: "LineString", coordinates: stops.map(place) }, properties: {} }]));
    for (const marker of this.markers) marker.remove();
    this.markers = stops.slice(0, MOST_NUMBERS).map((row) => {
      const element = el("button", { type: "button", class: "stop", tabindex: -1, "aria-hidden": "true", onclick: () => this.choose(row.household) }, String(row.walk));
      const marker = new Marker({ element, anchor: "bottom-left" }).setLngLat(place(row)).addTo(this.map);
      element.removeAttribute("aria-label");
      element.tabIndex = -1;
      return marker;
    });
    const box = new LngLatBounds();
    for (const row of placed) box.extend(place(row));
    if (!box.isEmpty()) this.map.fitBounds(box, { padding: 36, maxZoom: 16, animate: false });
  }

  /** Moves to where a household is suggested to be. */
  go(row: Gap): void {
    if (row.suggested) this.map.easeTo({ center: [row.suggested.lon, row.suggested.lat], zoom: Math.max(15, this.map.getZoom()), duration: 300 });
  }

  /** Takes the map away. */
  remove(): void {
    this.map.remove();
  }
}
