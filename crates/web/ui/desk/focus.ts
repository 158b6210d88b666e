// The keyboard's place in a list that is drawn anew under it.

/** The first thing of a row that can be pressed, or that which bears the same order. */
function thing(row: Element | undefined, order: string | undefined): HTMLElement | null {
  const same = order === undefined ? null : row?.querySelector<HTMLElement>(`button[data-order="${CSS.escape(order)}"]`);
  return same ?? row?.querySelector<HTMLElement>("button:not(:disabled)") ?? null;
}

/**
 * Draws the rows of `list` anew. Where one of them had the focus, it has it again: found by its `data-key`, and in it the button
 * of the same `data-order`. A row that is gone gives the focus to the one that stands in its place, else to the one before,
 * else to `otherwise`.
 */
export function redraw(list: HTMLElement, draw: () => void, otherwise: HTMLElement): void {
  const focused = document.activeElement;
  const at = focused && list.contains(focused) ? [...list.children].findIndex((row) => row.contains(focused)) : -1;
  const { key } = (list.children[at] as HTMLElement | undefined)?.dataset ?? {};
  const { order } = (focused as HTMLElement | null)?.dataset ?? {};
  draw();
  if (at < 0) return;
  const rows = [...list.children] as HTMLElement[];
  const same = key === undefined ? undefined : rows.find((row) => row.dataset.key === key);
  const near = [...rows.slice(at), ...rows.slice(0, at).reverse()].map((row) => thing(row, undefined));
  (thing(same, order) ?? near.find((found) => found !== null) ?? otherwise).focus();
}
