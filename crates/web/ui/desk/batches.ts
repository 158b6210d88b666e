// Batches: handing a file in, following it, and what became of it in words.

import { ask, json } from "../api";
import { count } from "../format";
import { t, tOr } from "../i18n";
import { bearer } from "../session";

export interface Batch {
  id: number;
  kind: string;
  name: string;
  by: string;
  state: string;
  received_at: string;
  changed_at: string;
  ordered: boolean;
  progress: { stage: string; done: number; total: number | null } | null;
  run: number | null;
  reasons: string[];
  rule: string | null;
  fault: string | null;
  tables: string[];
  rows: number | null;
  verdicts: [number, number, number, number] | null;
}

export interface Words {
  kind: string;
  legal_basis: string;
  purpose: string;
  /** Which column is which, where somebody said so. */
  mapping?: string;
}

/** Hands a file in under a key, so that sending it again does nothing; answers with the number of the batch. */
export async function handIn(file: File, words: Words, key: string, token: string): Promise<number> {
  const form = new FormData();
  for (const [name, value] of Object.entries(words)) form.set(name, value);
  form.set("file", file);
  return (await json<{ id: number }>("/api/v1/batches", { method: "POST", headers: { ...bearer(token), "Idempotency-Key": key }, body: form })).id;
}

/** Follows a batch until it rests; tells of each change. */
export async function followBatch(id: number, token: string, signal: AbortSignal, changed: (batch: Batch) => void): Promise<void> {
  const response = await ask(`/api/v1/batches/${id}/events`, { headers: bearer(token), signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let open = "";
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) return;
    const events = (open + piece.value).split("\n\n");
    open = events.pop() ?? "";
    for (const event of events) {
      const data = event.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n");
      if (data) changed(JSON.parse(data) as Batch);
    }
  }
}

/** The newest batches. */
export async function batches(token: string, before: number | null): Promise<{ batches: Batch[]; next: number | null }> {
  return json(`/api/v1/batches?limit=50${before === null ? "" : `&before=${before}`}`, { headers: bearer(token) });
}

/** Orders something of a batch: withdraw, publish or discard, with a name and a reason. */
export async function order(id: number, what: string, by: string, why: string, token: string): Promise<void> {
  const headers = { ...bearer(token), "Content-Type": "application/json" };
  await ask(`/api/v1/batches/${id}/${what}`, { method: "POST", headers, body: JSON.stringify({ by, why }) });
}

/** What became of a batch, in sentences. */
export function inWords(batch: Batch): string[] {
  const told = [t(`batch_${batch.state}` as "batch_queued", { run: batch.run ?? "–" })];
  if (batch.verdicts) {
    const [accepted, held, duplicate, rejected] = batch.verdicts.map(count);
    told.push(t("verdicts", { rows: batch.rows === null ? "–" : count(batch.rows), accepted, held, duplicate, rejected }));
  }
  if (batch.fault) told.push(batch.rule && !batch.fault.startsWith(batch.rule) ? `${batch.rule}: ${batch.fault}` : batch.fault);
  return [...told, ...batch.reasons];
}

/** How far a run is. */
export function progressOf(batch: Batch): { share: number | null; words: string } | null {
  if (!batch.progress) return null;
  const { stage, done, total } = batch.progress;
  return { share: total ? done / total : null, words: tOr(`stage_${stage}`, stage) + (total ? ` ${count(done)} / ${count(total)}` : "") };
}
