// What the server answers, and asking it.

import { language, t } from "./i18n";

export type Level = "village" | "commune" | "district" | "province";

export interface Counts {
  households: number;
  covered: number;
  percent: number | null;
  persons: number;
  persons_covered: number;
  poor: number | null;
  poor_covered: number | null;
  near_poor: number | null;
  near_poor_covered: number | null;
  states: Record<string, number>;
  outside_list: number;
  by_class: Record<string, number>;
  /** The day that covered and percent are of; nothing else is known of it. Absent: now. */
  as_of?: string;
}

export interface Row extends Counts {
  code: string;
  /** `area` is a set of units. */
  level: Level | "area";
  name: string;
  parent: string | null;
  /** Only those of its villages count that lie in the area asked for. */
  part?: boolean;
}

export interface Coverage {
  period: string;
  source: string;
  closed_on: string;
  run: number;
  /** The area asked for. */
  area?: { id: string; name: string };
  boundaries: { schematic: boolean };
  suppressed_below: number;
  rows: Row[];
  total: Counts;
}

export interface Area {
  code: string;
  level: Level;
  name: string;
  parent: string | null;
  households: number;
}

export interface Areas {
  period: string;
  periods: string[];
  /** Registers that coverage can be measured against, the first the usual one. */
  sources?: { source: string; closed_on: string }[];
  areas: Area[];
  /** Saved sets of units. */
  saved?: { id: string; name: string; units: string[]; households: number }[];
  /** Units of earlier dates that are no more what they were. */
  former?: { id: string; name: string; level: Level; households: number }[];
}

export interface TileJson {
  bounds: [number, number, number, number];
  maxzoom: number;
}

export interface Unit {
  code: string;
  name: string;
}

export interface Suggestion {
  label: string;
  role: string;
  lat: number | null;
  lon: number | null;
}

export interface Candidate {
  lat: number | null;
  lon: number | null;
  radius_m: number | null;
  village: Unit | null;
}

export interface CodeAnswer {
  code: string;
  cell: { lat: number; lon: number; half_lat_deg: number } | null;
}

/** A refusal of the server, its message in the language in use. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Asks, and turns refusals (RFC 9457) and silence into errors for people. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal(0, t("offline"));
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; detail_en?: string };
  const detail = language() === "vi" ? problem.detail : problem.detail_en;
  throw new Refusal(response.status, detail ?? `${response.status} ${response.statusText}`);
}

/** The JSON of an answer. */
export async function json<T>(path: string, init: RequestInit = {}): Promise<T> {
  return (await (await ask(path, init)).json()) as T;
}

/** What coverage is asked for. */
export interface Asked {
  level: Level;
  /** A day of the period whose units are meant; null is that of the denominator. */
  on: string | null;
  /** Source of the denominator; null is the first. */
  source: string | null;
  within?: string | null;
  /** Only what lies in this area. */
  of?: string | null;
}

const kept = new Map<string, Promise<Coverage>>();

/** Coverage of a level; asked once, kept until a new run is published. */
export function coverage({ level, on, source, within, of }: Asked): Promise<Coverage> {
  const query = new URLSearchParams({ level });
  if (on) query.set("on", on);
  if (source) query.set("source", source);
  if (within) query.set("within", within);
  if (of) query.set("area", of);
  const path = `/api/v1/coverage?${query}`;
  let answer = kept.get(path);
  if (!answer) {
    answer = json<Coverage>(path);
    answer.catch(() => kept.delete(path));
    kept.set(path, answer);
  }
  return answer;
}

/** Forgets what was kept: another run was published. */
export function forget(): void {
  kept.clear();
}

/** Units and periods. */
export function areas(): Promise<Areas> {
  return json<Areas>("/api/v1/areas");
}

/** Where a layer of tiles lies. */
export function tileJson(layer: string): Promise<TileJson> {
  return json<TileJson>(`/tiles/${layer}.json`);
}

/** Completions of what is typed. */
export async function suggest(q: string, signal: AbortSignal): Promise<Suggestion[]> {
  return (await json<{ suggestions: Suggestion[] }>(`/api/v1/suggest?${new URLSearchParams({ q, limit: "8" })}`, { signal })).suggestions;
}

/** Places that an address may mean. It goes in the body: addresses do not belong in addresses of pages. */
export async function geocode(q: string): Promise<Candidate[]> {
  const headers = { "Content-Type": "application/json" };
  return (await json<{ candidates: Candidate[] }>("/api/v1/geocode", { method: "POST", headers, body: JSON.stringify({ q }) })).candidates;
}

/** What an address code says. */
export function code(text: string): Promise<CodeAnswer> {
  return json<CodeAnswer>(`/api/v1/codes/${encodeURIComponent(text)}`);
}

/** The commune at a point on a day: codes are used again after reforms, so that a code alone says nothing. */
export async function communeAt(lat: number, lon: number, on: string): Promise<string | null> {
  return (await json<{ commune: Unit | null }>(`/api/v1/reverse?${new URLSearchParams({ lat: String(lat), lon: String(lon), on })}`)).commune?.code ?? null;
}
