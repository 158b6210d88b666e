// The households of an area without a digital address, page by page, and which of them are looked at.

import { json } from "../api";
import { bearer } from "../session";

/** Rows asked at a time, and most that are listed on a page: a district has some 2,000. */
const [PAGE, MOST] = [1_000, 5_000];

export interface Gap {
  household: string;
  head: string;
  address: string;
  village: string;
  village_name: string;
  commune: string;
  commune_name: string;
  members: number;
  poverty: "none" | "near_poor" | "poor";
  state: string;
  reason_vi: string;
  reason_en: string;
  submission: string | null;
  rules: string[];
  suggested: { lon: number; lat: number } | null;
  suggestion_vi: string;
  suggestion_en: string;
  walk: number | null;
}

/** The list of an area, up to [`MOST`]; whether there is more. */
export async function gapsOf(area: string, token: string): Promise<{ rows: Gap[]; more: boolean }> {
  const rows: Gap[] = [];
  let next: string | null = `/api/v1/areas/${encodeURIComponent(area)}/gaps?limit=${PAGE}`;
  while (next && rows.length < MOST) {
    const page: { rows: Gap[]; next: string | null } = await json(next, { headers: bearer(token) });
    rows.push(...page.rows);
    next = page.next;
  }
  return { rows, more: next !== null };
}

export interface Filter {
  village: string;
  state: string;
  poverty: string;
  words: string;
}

/** Text without marks and case, for finding. */
export function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d").replaceAll("Đ", "D").toLowerCase();
}

/** The rows that a filter lets through, in their order: by village, the poor first, then as one walks. */
export function filtered(rows: Gap[], { village, state, poverty, words }: Filter): Gap[] {
  const wanted = folded(words).split(/\s+/).filter(Boolean);
  return rows.filter((row) =>
    (!village || row.village === village) && (!state || row.state === state)
    && (!poverty || (poverty === "any" ? row.poverty !== "none" : row.poverty === poverty))
    && wanted.every((word) => folded(`${row.head} ${row.address} ${row.household} ${row.village_name}`).includes(word)));
}
