// The positions of what is reviewed, and choosing another.

import { LngLatBounds, Map as MapLibre, Marker, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

import { tileJson } from "../api";
import { el } from "../dom";
import { t } from "../i18n";
import { dark } from "../theme";
import type { Point } from "./review_api";

/** A position with the letter that stands for it. */
export interface Placed extends Point {
  letter: string;
  name: string;
  kind: "submission" | "other" | "line";
}

/** The map of one thing that waits. */
export class ReviewMap {
  private markers: Marker[] = [];
  private chosen: Marker | null = null;

  private constructor(private readonly map: MapLibre) {}

  /** Makes it; `pick` hears of clicks. */
  static async at(at: HTMLElement, pick: (at: Point) => void): Promise<ReviewMap> {
    setWorkerUrl(workerUrl);
    const { bounds, maxzoom } = await tileJson("villages");
    const source = (layer: string) => ({ type: "vector" as const, tiles: [`${location.origin}/tiles/${layer}/{z}/{x}/{y}`], bounds, maxzoom });
    const [ground, land, line] = dark() ? ["#10181f", "#1f2b35", "#4a5a67"] : ["#e6edf2", "#f7f7f4", "#b3bec7"];
    const map = new MapLibre({
      container: at, bounds, attributionControl: false, dragRotate: false, pitchWithRotate: false, fadeDuration: 0, maxZoom: 19,
      style: {
        version: 8,
        sources: { communes: source("communes"), villages: source("villages") },
        layers: [
          { id: "sea", type: "background", paint: { "background-color": ground } },
          { id: "land", type: "fill", source: "communes", "source-layer": "communes", paint: { "fill-color": land } },
          { id: "villages", type: "line", source: "villages", "source-layer": "villages", paint: { "line-color": line, "line-width": 1 } },
          { id: "communes", type: "line", source: "communes", "source-layer": "communes", paint: { "line-color": line, "line-width": 2.2 } },
        ],
      },
    });
    map.touchZoomRotate.disableRotation();
    map.on("idle", () => (at.dataset.idle = "1"));
    map.on("dataloading", () => delete at.dataset.idle);
    await new Promise((done) => map.once("load", done));
    map.getCanvas().setAttribute("aria-label", t("reviewMapLabel"));
    map.on("click", (e) => pick({ lon: e.lngLat.lng, lat: e.lngLat.lat }));
    return new ReviewMap(map);
  }

  /** Shows positions, all of them in view. */
  show(points: Placed[]): void {
    for (const marker of this.markers) marker.remove();
    this.choose(null);
    // Positions at one spot would hide each other: the second stands to the other side.
    this.markers = points.map((p, i) => this.mark(p, p.letter, `pin-${p.kind}`, i % 2 === 0 ? "bottom-right" : "bottom-left"));
    const box = new LngLatBounds();
    for (const p of points) box.extend([p.lon, p.lat]);
    if (!box.isEmpty()) this.map.fitBounds(box, { padding: 60, maxZoom: 17, animate: false });
  }

  private mark(p: Point, letter: string, kind: string, anchor: "bottom-right" | "bottom-left" | "center"): Marker {
    const element = el("span", { class: `pin ${kind}`, "aria-hidden": "true" }, letter);
    const marker = new Marker({ element, anchor }).setLngLat([p.lon, p.lat]).addTo(this.map);
    element.removeAttribute("aria-label");
    element.removeAttribute("tabindex");
    element.removeAttribute("role");
    return marker;
  }

  /** Marks the position that is chosen; none. */
  choose(p: Point | null): void {
    this.chosen?.remove();
    this.chosen = p ? this.mark(p, "✓", "pin-chosen", "center") : null;
  }

  /** The middle of what is seen: for those who move the map by keyboard. */
  middle(): Point {
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat };
  }

  /** Takes the map away. */
  remove(): void {
    this.map.remove();
  }
}
