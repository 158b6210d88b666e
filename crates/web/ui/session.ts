// The token of whoever sits here: kept for this tab only, sent in a header, never in an address.

import { ask } from "./api";
import { el } from "./dom";

const KEPT_AS = "diachiso.token";

/** The token of this tab; empty where none was entered. */
export function keptToken(): string {
  try {
    return sessionStorage.getItem(KEPT_AS) ?? "";
  } catch {
    return "";
  }
}

/** Keeps the token until the tab closes; an empty one is forgotten. */
export function keepToken(token: string): void {
  try {
    if (token) sessionStorage.setItem(KEPT_AS, token);
    else sessionStorage.removeItem(KEPT_AS);
  } catch {
    // Storage switched off: the field still holds it.
  }
}

/** Whether a text can be a token: a header holds printable ASCII only. */
export function canBeToken(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/** The headers of somebody with a token, and what a file is wanted for. */
export function bearer(token: string, purpose: string | null = null): Record<string, string> {
  // The purpose stands in the access log; headers hold ASCII only.
  return { Authorization: `Bearer ${token}`, ...(purpose === null ? {} : { "X-Purpose": encodeURIComponent(purpose) }) };
}

/** Hands bytes to the browser as a file. */
export function handOver(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Fetches a file with personal data and hands it over; answers with its name and size in bytes. */
export async function fetchFile(path: string, token: string, purpose: string, otherwise: string): Promise<{ name: string; bytes: number }> {
  const response = await ask(path, { headers: bearer(token, purpose) });
  const blob = await response.blob();
  const said = /filename="([^"/\\]+)"/.exec(response.headers.get("content-disposition") ?? "");
  const name = said?.[1] ?? otherwise;
  handOver(blob, name);
  return { name, bytes: blob.size };
}
