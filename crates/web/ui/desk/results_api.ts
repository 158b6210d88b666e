// Results of visits: handing a filled list in, reading what is on record, approving, refusing, taking back.

import { json } from "../api";
import { t } from "../i18n";
import { bearer } from "../session";

/** How often it is asked whether an order was carried out, and how often at most, in milliseconds and times. */
const [LOOK_MS, MOST_LOOKS] = [700, 260];
/** Rows of a page of what is on record. */
const PAGE = 50;

export const WORDS = ["done", "absent", "away", "refused", "moved", "gone", "new"] as const;
export type ResultWord = (typeof WORDS)[number];

export const STATES = ["pending", "recorded", "approved", "refused"] as const;
export type ResultState = (typeof STATES)[number];

/** A row that cannot be used, and what to do about it. */
export interface Reject {
  file: string;
  sheet: string | null;
  row: number;
  column: string;
  value: string;
  fault: string;
  vi: string;
  en: string;
  advice_vi: string;
  advice_en: string;
}

/** What became of a filled list. */
export interface Taken {
  /** `null` where nothing is new. */
  order: number | null;
  day: string;
  recorded: Record<ResultWord, number>;
  pending: number;
  repeated: number;
  ignored: number;
  rejected: number;
  /** The first of them. */
  rejects: Reject[];
}

/** A result on record. */
export interface Result {
  id: string;
  word: ResultWord;
  day: string;
  state: ResultState;
  effect: "counts" | "waits" | "older" | "overtaken" | "refused" | "unlisted" | "found";
  household: string | null;
  head: string | null;
  address: string | null;
  village_name: string | null;
  household_state: string | null;
  by: string;
  origin: string;
  judged: { by: string; at: string; why: string } | null;
  mine: boolean;
}

export interface Page {
  run: number;
  counts: Record<ResultState, number>;
  results: Result[];
  next: string | null;
}

/** Which results are asked for; empty is all. */
export interface Wanted {
  area?: string;
  state?: string;
  word?: string;
}

export type Order = "approve" | "refuse" | "withdraw";

/** Results of visits, for one who holds a token. */
export class Results {
  constructor(private readonly token: string, private readonly signal: AbortSignal) {}

  /** Hands a filled list in under a key, so that sending it again does nothing. */
  handIn(file: File, day: string, by: string, key: string): Promise<Taken> {
    const form = new FormData();
    for (const [name, value] of [["day", day], ["by", by]]) if (value !== "") form.set(name, value);
    form.set("file", file);
    return json("/api/v1/results", { method: "POST", headers: { ...bearer(this.token), "Idempotency-Key": key }, body: form, signal: this.signal });
  }

  /** A page of what is on record, the newest day first: the first, or the one that `next` names. */
  page(wanted: Wanted, next: string | null = null): Promise<Page> {
    const query = new URLSearchParams({ limit: String(PAGE) });
    for (const [name, value] of Object.entries(wanted)) if (value) query.set(name, value);
    return json(next ?? `/api/v1/results?${query}`, { headers: bearer(this.token), signal: this.signal });
  }

  /** Orders something of a result; answers with the number of the order. */
  async order(id: string, what: Order, by: string, why: string): Promise<number> {
    const headers = { ...bearer(this.token), "Content-Type": "application/json" };
    return (await json<{ order: number }>(`/api/v1/results/${encodeURIComponent(id)}/${what}`, { method: "POST", headers, body: JSON.stringify({ by, why }), signal: this.signal })).order;
  }

  /** Waits until an order is carried out and what is told holds it, and says by which run; `null` where none did for long.
   * Throws why it cannot be. */
  async carriedOut(order: number): Promise<number | null> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const { state, run, fault } = await json<{ state: string; run: number | null; fault: string | null }>(`/api/v1/orders/${order}`, { headers: bearer(this.token), signal: this.signal });
      if (state === "failed") throw new Error(t("decisionFailed", { why: fault ?? "" }));
      // The run is on disk a moment before the server tells of it.
      if (state === "done" && (run === null || (await this.page({})).run >= run)) return run ?? 0;
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
    return null;
  }
}
