// Results on record as tables: what waits for somebody else to approve it, households in no list, and all of them.

import { el } from "../dom";
import { count, day } from "../format";
import { type Word, t } from "../i18n";
import { redraw } from "./focus";
import type { Order, Page, Result, Results, Wanted } from "./results_api";

/** What a table needs of its surroundings. */
export interface Around {
  results: Results;
  /** What was ordered of a result and is not carried out yet. */
  ordered(id: string): Order | null;
  order(result: Result, what: Order): Promise<void>;
  fail(error: unknown): void;
}

/** How a table is told from the others. */
export interface About {
  id: string;
  title: Word;
  empty: Word;
  /** What can be ordered of its rows. */
  orders(result: Result): Order[];
}

/** One table, page by page. */
export class ResultTable {
  readonly at: HTMLElement;
  rows: Result[] = [];
  private wanted: Wanted = {};
  private next: string | null = null;
  private turn = 0;
  private readonly heading: HTMLElement;
  private readonly body = el("tbody");
  private readonly more: HTMLButtonElement;

  constructor(private readonly about: About, private readonly around: Around) {
    const { id, title } = about;
    this.heading = el("h3", { id: `${id}-title`, tabindex: -1 }, t(title));
    this.more = el("button", { type: "button", id: `${id}-more`, onclick: () => void this.grow().catch(around.fail) }, t("queueMore"));
    const heads: Word[] = ["head", "address", "result", "visitedOn", "handedIn", "itsEffect", "decide"];
    this.at = el("section", { "aria-labelledby": `${id}-title` }, this.heading,
      el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": t(title) }, el("table", { id, class: "results-table" },
        el("thead", {}, el("tr", {}, ...heads.map((w) => el("th", { scope: "col" }, t(w))))), this.body)),
      el("div", { class: "buttons" }, this.more));
    this.more.hidden = true;
  }

  /** Reads it anew, as many rows as are shown; answers with its first page, `null` where another reading overtook this. */
  async load(wanted: Wanted): Promise<Page | null> {
    const mine = (this.turn += 1);
    const shown = JSON.stringify(wanted) === JSON.stringify(this.wanted) ? this.rows.length : 0;
    const first = await this.around.results.page(wanted);
    const rows = [...first.results];
    let { next } = first;
    while (next && rows.length < shown) {
      const page = await this.around.results.page(wanted, next);
      rows.push(...page.results);
      ({ next } = page);
    }
    if (mine !== this.turn) return null;
    [this.wanted, this.rows, this.next] = [wanted, rows, next];
    this.draw();
    return first;
  }

  private async grow(): Promise<void> {
    if (!this.next) return;
    const mine = this.turn;
    const page = await this.around.results.page(this.wanted, this.next);
    if (mine !== this.turn) return;
    const from = this.rows.length;
    this.rows.push(...page.results);
    this.next = page.next;
    this.draw();
    // The button may be gone: whoever pressed it goes on with what it brought.
    if (this.more.hidden) this.body.rows[from]?.querySelector<HTMLElement>("button")?.focus();
  }

  /** Draws the rows; what had the focus keeps it, else the nearest thing has it. */
  draw(): void {
    redraw(this.body, () => this.body.replaceChildren(...(this.rows.length > 0 ? this.rows.map((r) => this.line(r))
      : [el("tr", {}, el("td", { colspan: 7, class: "empty" }, t(this.about.empty)))])), this.heading);
    this.more.hidden = this.next === null;
  }

  private line(result: Result): HTMLElement {
    const { id, word, head, household, address, village_name: village, judged, mine } = result;
    const ordered = this.around.ordered(id);
    const orders = ordered ? [] : this.about.orders(result);
    const who = head || household || "–";
    const waits = result.state === "pending" && mine;
    return el("tr", { "data-key": id, "data-result": id, "data-state": result.state, "data-word": word },
      el("th", { scope: "row" }, head ?? "–", el("small", {}, household ?? t("inNoRegister"))),
      el("td", {}, address || "–", el("small", {}, village ?? "")),
      el("td", {}, t(`result_${word}`)),
      el("td", {}, day(result.day)),
      el("td", {}, result.by, el("small", {}, result.origin)),
      el("td", {}, el("span", { class: "effect" }, t(`effect_${result.effect}`)),
        judged && el("small", {}, t("judgedBy", { what: t(`judged_${result.state}`), by: judged.by, why: judged.why }))),
      el("td", {}, ordered && el("span", { class: "small" }, t("carryingOut")), waits && el("small", {}, t("othersApprove")),
        ...orders.map((what) => el("button", { type: "button", "data-order": what, "aria-label": `${t(`order_${what}`)}: ${who}, ${t(`result_${word}`)}`,
          onclick: () => void this.around.order(result, what) }, t(`order_${what}`)))));
  }
}

/** Counts of words that are not nought, in one line. */
export function countedWords(counts: [Word, number][]): string {
  return counts.filter(([, n]) => n > 0).map(([word, n]) => `${t(word)}: ${count(n)}`).join(" · ");
}
