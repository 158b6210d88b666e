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
}

export interface Row extends Counts {
  code: string;
  level: Level;
  name: string;
  parent: string | null;
}

export interface Coverage {
  period: string;
  source: string;
  closed_on: string;
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
  areas: Area[];
}

export interface TileJson {
  bounds: [number, number, number, number];
  maxzoom: number;
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
export async function ask(path: string, headers: HeadersInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { headers });
  } catch {
    throw new Refusal(0, t("offline"));
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; detail_en?: string };
  const detail = language() === "vi" ? problem.detail : problem.detail_en;
  throw new Refusal(response.status, detail ?? `${response.status} ${response.statusText}`);
}

async function json<T>(path: string): Promise<T> {
  return (await (await ask(path)).json()) as T;
}

const kept = new Map<string, Promise<Coverage>>();

/** Coverage of a level; asked once, kept until the page is loaded anew. */
export function coverage(level: Level, on: string | null, within: string | null = null): Promise<Coverage> {
  const query = new URLSearchParams({ level });
  if (on) query.set("on", on);
  if (within) query.set("within", within);
  const path = `/api/v1/coverage?${query}`;
  let answer = kept.get(path);
  if (!answer) {
    answer = json<Coverage>(path);
    answer.catch(() => kept.delete(path));
    kept.set(path, answer);
  }
  return answer;
}

/** Units and periods. */
export function areas(): Promise<Areas> {
  return json<Areas>("/api/v1/areas");
}

/** Where a layer of tiles lies. */
export function tileJson(layer: string): Promise<TileJson> {
  return json<TileJson>(`/tiles/${layer}.json`);
}
