// Names of units as small buttons on the map; where two would touch, the one with more households stays.

import type { Geometry, Position } from "geojson";
import { type Map as MapLibre, Marker } from "maplibre-gl";

import { el } from "./dom";

interface Place {
  name: string;
  weight: number;
  x: number;
  y: number;
  area: number;
}

interface Feature {
  properties: Record<string, unknown>;
  geometry: Geometry;
}

/** Space between labels, in pixels. */
const GAP_PX = 4;
/** Most labels at a time. */
const MOST = 60;
/** Words before a name that the map can do without: Xã, Phường, Thị trấn, Thôn, Tổ dân phố, … */
const KIND = /^(?:xã|phường|thị trấn|đặc khu|thôn|làng|tổ dân phố|tdp)\s+(?=\p{Lu})/iu;

/** Twice the signed area of a ring, and its centroid times three times that. */
function moments(ring: Position[]): [number, number, number] {
  let [area, x, y] = [0, 0, 0];
  const [ox, oy] = ring[0];
  for (let i = 1; i < ring.length; i += 1) {
    const [ax, ay, bx, by] = [ring[i - 1][0] - ox, ring[i - 1][1] - oy, ring[i][0] - ox, ring[i][1] - oy];
    const cross = ax * by - bx * ay;
    area += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  }
  return [area, x + 3 * area * ox, y + 3 * area * oy];
}

/** Centroids of units out of their pieces in tiles. */
function places(features: Feature[]): Map<string, Place> {
  const found = new Map<string, Place>();
  for (const { properties, geometry } of features) {
    const code = String(properties.code);
    const place = found.get(code) ?? {
      name: String(properties.name).replace(KIND, ""), weight: Number(properties.households), x: 0, y: 0, area: 0,
    };
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : [];
    for (const [outer] of parts) {
      const [area, x, y] = moments(outer);
      const sign = Math.sign(area);
      place.area += sign * area;
      place.x += sign * x;
      place.y += sign * y;
    }
    found.set(code, place);
  }
  return found;
}

/** The labels. */
export class Labels {
  private readonly markers = new Map<string, Marker>();
  private order: string[] = [];

  constructor(
    private readonly map: MapLibre,
    private readonly choose: (code: string) => void,
  ) {
    map.on("zoom", () => this.thin());
  }

  /** Replaces the labels by those of these features. */
  draw(features: Feature[]): void {
    const found = places(features);
    for (const [code, marker] of this.markers) {
      if (!found.has(code)) {
        marker.remove();
        this.markers.delete(code);
      }
    }
    for (const [code, place] of found) {
      if (place.area <= 0) continue;
      const at: [number, number] = [place.x / place.area / 3, place.y / place.area / 3];
      const marker = this.markers.get(code) ?? this.make(code, place.name);
      marker.setLngLat(at).addTo(this.map);
      this.markers.set(code, marker);
    }
    this.order = [...this.markers.keys()].sort((a, b) => (found.get(b)?.weight ?? 0) - (found.get(a)?.weight ?? 0));
    this.thin();
  }

  private make(code: string, name: string): Marker {
    // Out of the order of focus: the table's buttons do the same.
    const element = el("button", { type: "button", class: "label", tabindex: -1, "aria-hidden": "true" }, name);
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      this.choose(code);
    });
    const marker = new Marker({ element });
    element.removeAttribute("aria-label");
    element.tabIndex = -1;
    return marker;
  }

  private thin(): void {
    const taken: [number, number, number, number][] = [];
    for (const code of this.order) {
      const marker = this.markers.get(code);
      if (!marker) continue;
      const element = marker.getElement();
      const { x, y } = this.map.project(marker.getLngLat());
      const [w, h] = [element.offsetWidth / 2 + GAP_PX, element.offsetHeight / 2 + GAP_PX / 2];
      const touches = taken.some((t) => x - w < t[2] && x + w > t[0] && y - h < t[3] && y + h > t[1]);
      const hidden = touches || taken.length >= MOST;
      element.classList.toggle("away", hidden);
      if (!hidden) taken.push([x - w, y - h, x + w, y + h]);
    }
  }
}
