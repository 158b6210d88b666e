// Live updates: the page asks now and then whether another run was published.

import { json } from "./api";

/** How often, while the page is seen, in milliseconds. */
const EVERY_MS = 4_000;

/** Follows the number of the newest run; calls when it changes. */
export function follow(run: number, changed: (run: number) => void): void {
  let known = run;
  const look = async (): Promise<void> => {
    if (document.hidden) return;
    const answer = await json<{ run: number }>("/api/v1/coverage?level=province", { cache: "no-cache" });
    if (answer.run === known) return;
    known = answer.run;
    changed(known);
  };
  // A server that does not answer now may later: the next look tells.
  const next = (): void => void setTimeout(() => void look().catch(() => undefined).finally(next), EVERY_MS);
  next();
}
