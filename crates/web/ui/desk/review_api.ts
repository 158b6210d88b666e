// What waits for a person: asking for it, keeping it from others for a while, deciding and taking back.

import { ask, json } from "../api";
import { bearer } from "../session";

/** Things of a page of the queue. */
const PAGE = 30;

export interface Point {
  lon: number;
  lat: number;
}

export interface Finding {
  code: string;
  severity: string;
  field: string | null;
  original: string;
  replacement: string | null;
  message_vi: string;
  message_en: string;
  advice_vi: string;
  advice_en: string;
}

/** A submission. */
export interface Row {
  id: string;
  file: string;
  row: number;
  head: string;
  code: string;
  address: string;
  village: string;
  commune: string | null;
  phone: string | null;
  members: number | null;
  point: Point | null;
  precision: string | null;
  collected_on: string | null;
  collector: string;
  findings: Finding[];
}

/** A line of the register. */
export interface Line {
  household: string;
  head: string | null;
  address: string | null;
  state: string | null;
  explain: string;
}

export interface Proposal {
  id: string;
  subject: string;
  collector: string;
  remedy: string;
  shift_m: number | null;
  azimuth_deg: number | null;
  votes: number;
  rows: number;
  confidence: number;
  evidence: string;
  files: { name: string; rows: number[] }[];
}

export interface Claim {
  by: string;
  mine: boolean;
  until: string;
}

export interface Decided {
  id: string;
  order: number;
  state: "waiting" | "done" | "failed";
  run: number | null;
  fault: string | null;
  by: string;
  undoes: boolean;
}

export type Choice = "accept" | "reject" | "unit" | "point" | "merge" | "split" | "line" | "not_line" | "apply" | "refuse";

/** Something that waits. */
export interface Item {
  id: string;
  kind: "submission" | "proposal";
  rules: string[];
  place: string;
  submission: Row | null;
  others: { rule: string; id: string; submission: Row | null; explain: string }[];
  lines: Line[];
  proposal: Proposal | null;
  points: ({ role: "submission" | "other" | "line"; id: string } & Point)[];
  explain: string | null;
  choices: Choice[];
  claim: Claim | null;
  decision: Decided | null;
}

export interface Rule {
  code: string;
  vi: string;
  en: string;
  advice_vi: string;
  advice_en: string;
  waiting: number;
}

export interface Queue {
  run: number;
  waiting: number;
  rules: Rule[];
  items: Item[];
  next: string | null;
}

/** What is decided, beside who and why. */
export interface Deciding {
  choice: Choice;
  unit?: string;
  point?: Point;
  with?: string;
  household?: string;
}

interface Part {
  name: string;
  vi: string;
  en: string;
  bits: number;
}

/** Why two things are held to be one, or which household fits a submission. */
export interface Explanation {
  relation?: "matched" | "weighed" | "not_compared";
  same?: boolean;
  bits?: number | null;
  parts?: Part[];
  bounds: { upper: number; lower: number; margin: number } | null;
  household?: string | null;
  candidates?: { household: string; bits: number; parts: Part[] }[];
}

/** Who signs: a name and a reason. */
export interface Signed {
  by: string;
  why: string;
}

const of = (id: string, what = ""): string => `/api/v1/review/${encodeURIComponent(id)}${what}`;

/** The queue of one who holds a token. */
export class Review {
  constructor(private readonly token: string, private readonly signal: AbortSignal) {}

  private post<T>(path: string, body: object): Promise<T> {
    const headers = { ...bearer(this.token), "Content-Type": "application/json" };
    return json<T>(path, { method: "POST", headers, body: JSON.stringify(body), signal: this.signal });
  }

  private get<T>(path: string): Promise<T> {
    return json<T>(path, { headers: bearer(this.token), signal: this.signal });
  }

  queue(area: string, rule: string, cursor: string | null): Promise<Queue> {
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (area) query.set("area", area);
    if (rule) query.set("rule", rule);
    if (cursor) query.set("cursor", cursor);
    return this.get(`/api/v1/review?${query}`);
  }

  item(id: string): Promise<Item> {
    return this.get(of(id));
  }

  claim(id: string): Promise<Claim> {
    return this.post(of(id, "/claim"), {});
  }

  async release(id: string): Promise<void> {
    await ask(of(id, "/claim"), { method: "DELETE", headers: bearer(this.token), signal: this.signal });
  }

  decide(id: string, deciding: Deciding, signed: Signed): Promise<Decided> {
    return this.post(of(id, "/decision"), { ...deciding, ...signed });
  }

  undo(id: string, signed: Signed): Promise<Decided> {
    return this.post(of(id, "/undo"), signed);
  }

  explain(path: string): Promise<Explanation> {
    return this.get(path);
  }

  /** The number of the newest run; it tells nothing of anybody. */
  async run(): Promise<number> {
    return (await json<{ run: number }>("/api/v1/coverage?level=province", { cache: "no-cache", signal: this.signal })).run;
  }
}
