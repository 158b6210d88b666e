// The review queue: what waits, by area and rule; one thing open beside the list; what was decided here, and taking it back.

import * as api from "../api";
import { el } from "../dom";
import { count } from "../format";
import { either, t } from "../i18n";
import { areaChoices, select } from "./fields";
import { redraw } from "./focus";
import { type Decided, type Deciding, type Item, Review, type Signed } from "./review_api";
import { DecideForm } from "./review_form";
import { OpenItem } from "./review_item";

/** How often it is asked whether a decision was carried out, and how often at most, in milliseconds and times. */
const [LOOK_MS, MOST_LOOKS] = [700, 260];
/** A decision that fails makes no run: so often the thing itself is asked for. */
const ASK_EVERY = 8;

/** What is looked at, kept while the page is open. */
const kept = { area: "", rule: "", keys: true };

interface Done {
  item: Item;
  choice: string;
  decided: Decided;
  at: HTMLElement;
}

/** Draws the part. */
export async function reviewPart(at: HTMLElement, token: string): Promise<() => void> {
  const stopped = new AbortController();
  const review = new Review(token, stopped.signal);
  const { areas: units } = await api.areas();
  let queue = await review.queue(kept.area, kept.rule, null);
  let items: Item[] = [];
  let open: OpenItem | null = null;
  let [turn, asked] = [0, 0];
  const done: Done[] = [];

  const list = el("ol", { id: "queue", class: "queue", tabindex: -1, "aria-label": t("partReview") });
  const told = el("p", { id: "queue-count", class: "small", role: "status" });
  const said = el("p", { id: "review-said", class: "said", role: "status" });
  const here = el("div", { id: "review-open" });
  const record = el("ol", { id: "decided-here", class: "decided" });
  const more = el("button", { type: "button", id: "queue-more", onclick: () => void attempt(() => load(queue.next)) }, t("queueMore"));
  const [areaField, area] = select("review-area", t("area"), [["", t("everything")], ...areaChoices(units)], (v) => {
    kept.area = v;
    void attempt(again);
  });
  const [ruleField, rule] = select("review-rule", t("ruleAsks"), [], (v) => {
    kept.rule = v;
    void attempt(again);
  });
  const keys = el("input", { type: "checkbox", id: "review-keys", onchange: () => (kept.keys = keys.checked) });
  [area.value, keys.checked] = [kept.area, kept.keys];

  function tell(words: string, wrong = false): void {
    said.classList.toggle("wrong", wrong);
    said.textContent = words;
  }

  async function attempt(does: () => Promise<void>): Promise<void> {
    try {
      await does();
    } catch (error) {
      if (!stopped.signal.aborted) tell(error instanceof Error ? error.message : String(error), true);
    }
  }

  const nameOf = (code: string): string => units.find((u) => u.code === code)?.name ?? code;

  function line(item: Item): HTMLElement {
    const { submission, proposal, claim } = item;
    return el("li", { "data-key": item.id }, el("button", { type: "button", "data-id": item.id, "aria-pressed": "false", onclick: () => void attempt(() => look(item.id)) },
      el("span", { class: "codes" }, item.rules.join(" ")), ` ${submission?.head ?? proposal?.subject ?? item.id}`,
      el("small", {}, [nameOf(item.place), submission && `${submission.file}:${submission.row}`].filter(Boolean).join(" · ")),
      claim && el("small", { class: "kept" }, claim.mine ? t("youLook") : t("otherLooks", { by: claim.by }))));
  }

  function drawFilters(): void {
    rule.replaceChildren(el("option", { value: "" }, t("everything")), ...queue.rules.map((r) =>
      el("option", { value: r.code }, `${r.code} · ${either(r.vi, r.en)} (${count(r.waiting)})`)));
    if (kept.rule && !queue.rules.some((r) => r.code === kept.rule)) rule.append(el("option", { value: kept.rule }, kept.rule));
    rule.value = kept.rule;
  }

  function drawList(): void {
    // Whoever stands on a thing with the keyboard stays on it, or on the one that took its place.
    redraw(list, () => list.replaceChildren(...items.map(line)), list);
    told.textContent = t("queueCount", { n: count(queue.waiting), run: queue.run });
    more.hidden = queue.next === null;
    mark();
  }

  function button(id: string | undefined): HTMLElement | null {
    return id === undefined ? null : list.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);
  }

  function mark(): void {
    for (const button of list.querySelectorAll<HTMLElement>("[data-id]")) button.setAttribute("aria-pressed", String(button.dataset.id === open?.item.id));
  }

  /** Reads the list from a place on, or anew, as long as it was; what overtook it is left as it is. */
  async function load(cursor: string | null, length = 0): Promise<void> {
    const mine = (turn += 1);
    let read = await review.queue(kept.area, kept.rule, cursor);
    const found = cursor ? [...items, ...read.items] : read.items;
    while (read.next !== null && found.length < length) {
      read = await review.queue(kept.area, kept.rule, read.next);
      found.push(...read.items);
    }
    if (mine !== turn) return;
    const from = items.length;
    [queue, items] = [read, found];
    const pressed = document.activeElement === more;
    drawFilters();
    drawList();
    // The button goes with the last page: whoever pressed it goes on with what it brought.
    if (pressed && more.hidden) (list.children[from]?.querySelector("button") ?? list).focus();
  }

  async function again(): Promise<void> {
    close();
    list.setAttribute("aria-busy", "true");
    asked += 1;
    try {
      await load(null);
    } finally {
      asked -= 1;
      if (asked === 0) list.removeAttribute("aria-busy");
    }
  }

  /** Gives the keyboard a place in the list, where it has none: at a thing that stood there, or the one in its place. */
  function settle(at: number): void {
    if (document.activeElement && document.activeElement !== document.body) return;
    const button = list.children[Math.max(0, Math.min(at, list.childElementCount - 1))]?.querySelector<HTMLElement>("button");
    (button ?? list).focus();
  }

  function close(): void {
    open?.close();
    open = null;
    here.replaceChildren();
    mark();
  }

  /** Opens a thing as it stands now. */
  async function look(id: string): Promise<void> {
    let item: Item;
    try {
      item = await review.item(id);
    } catch (error) {
      if (!(error instanceof api.Refusal && error.status === 409)) throw error;
      // It waits no more: somebody decided, or a run settled it.
      const from = items.findIndex((i) => i.id === id);
      items = items.filter((i) => i.id !== id);
      if (open?.item.id === id) close();
      drawList();
      settle(from);
      throw error;
    }
    close();
    tell("");
    items = items.map((i) => (i.id === id ? item : i));
    open = new OpenItem(item, { review, rules: queue.rules, units, decide, stale: (of) => void attempt(() => look(of)) });
    here.replaceChildren(open.at);
    button(id)?.parentElement?.replaceWith(line(item));
    mark();
    open.at.focus();
    open.at.scrollIntoView({ block: "nearest" });
  }

  /** The thing before or after the one that is open. */
  async function step(by: number): Promise<void> {
    const from = items.findIndex((i) => i.id === open?.item.id);
    const next = items[from < 0 ? 0 : from + by];
    if (next) await look(next.id);
  }

  async function decide(item: Item, deciding: Deciding, signed: Signed): Promise<void> {
    const decided = await review.decide(item.id, deciding, signed);
    const from = items.findIndex((i) => i.id === item.id);
    items = items.filter((i) => i.id !== item.id);
    const entry: Done = { item, choice: t(`choice_${deciding.choice}`), decided, at: el("li", { "data-id": item.id, tabindex: -1 }) };
    done.unshift(entry);
    record.prepend(entry.at);
    drawDone(entry);
    queue.waiting -= 1;
    close();
    drawList();
    tell(t("decidedNext", { what: entry.choice }));
    void attempt(() => follow(entry));
    const next = items[Math.min(from, items.length - 1)];
    if (next) await attempt(() => look(next.id));
    settle(from);
    tell(t("decidedNext", { what: entry.choice }));
  }

  /** What was decided here, and the way back. */
  function drawDone(entry: Done): void {
    const { item, choice, decided } = entry;
    const state = decided.state === "failed" ? t("decisionFailed", { why: decided.fault ?? "" })
      : t(decided.state === "done" ? (decided.undoes ? "takenBack" : "carriedOut") : decided.undoes ? "takingBack" : "carryingOut", { run: decided.run ?? "–" });
    const why = el("input", { type: "text", maxlength: 300, autocomplete: "off", "aria-label": t("why"), placeholder: t("whyBack") });
    const back = async (event: Event): Promise<void> => {
      event.preventDefault();
      if (why.value.trim() === "") return why.focus();
      await attempt(async () => {
        entry.decided = await review.undo(item.id, { by: DecideForm.name, why: why.value.trim() });
        drawDone(entry);
        await follow(entry);
      });
    };
    const undoable = decided.state === "done" && !decided.undoes;
    const focused = entry.at.contains(document.activeElement);
    entry.at.replaceChildren(el("p", { class: `state-${decided.state}` }, `${choice}: ${item.submission?.head ?? item.proposal?.subject ?? item.id} · `, el("span", { class: "outcome" }, state)),
      ...(undoable ? [el("form", { class: "back", onsubmit: (e) => void back(e) }, why, el("button", { type: "submit" }, t("takeBack")))] : []));
    if (focused) (entry.at.querySelector("input") ?? entry.at).focus();
  }

  /** Waits until what was decided is carried out, or cannot be. */
  async function follow(entry: Done): Promise<void> {
    const { id } = entry.item;
    const from = queue.run;
    for (let looks = 1; looks <= MOST_LOOKS; looks += 1) {
      await new Promise((done) => setTimeout(done, LOOK_MS));
      if (stopped.signal.aborted) return;
      const run = await review.run();
      if (run === from && looks % ASK_EVERY !== 0) continue;
      const now = await standing(id, run);
      if (now.state === "waiting") continue;
      entry.decided = { ...entry.decided, state: now.state, run: now.run, fault: now.fault };
      drawDone(entry);
      queue.run = Math.max(queue.run, run);
      // What was taken back waits again, and so does what another rule holds still.
      if (now.waits) await load(null, items.length);
      return;
    }
  }

  /** How a thing that was decided of stands: where it waits no more, it was carried out. */
  async function standing(id: string, run: number): Promise<Pick<Decided, "state" | "run" | "fault"> & { waits: boolean }> {
    try {
      const { decision } = await review.item(id);
      const { state, run, fault } = decision ?? { state: "waiting" as const, run: null, fault: null };
      return { state, run, fault, waits: true };
    } catch (error) {
      if (!(error instanceof api.Refusal && error.status === 409)) throw error;
      return { state: "done", run, fault: null, waits: false };
    }
  }

  /** Letters do what buttons do, while nobody types. */
  function press(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLElement && event.target.matches("input:not([type=radio]):not([type=checkbox]), select, textarea, .maplibregl-canvas");
    if (event.key === "Escape" && typing) {
      (open?.at ?? list).focus();
      return;
    }
    if (!kept.keys || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const keyed: Record<string, () => void> = {
      j: () => void attempt(() => step(1)),
      k: () => void attempt(() => step(-1)),
      c: () => void open?.toggleClaim(),
      b: () => open?.nextBeside(),
      w: () => open?.toggleWhy(),
      z: () => record.querySelector<HTMLElement>("input")?.focus(),
    };
    const does = keyed[event.key];
    if (does) does();
    else if (!open?.form.press(event.key)) return;
    event.preventDefault();
  }

  const refresh = el("button", { type: "button", id: "queue-again", onclick: () => void attempt(again) }, t("lookAgain"));
  const part = el("div", { id: "review", onkeydown: (e) => press(e as KeyboardEvent) },
    el("h2", {}, t("partReview")),
    el("div", { class: "fields" }, areaField, ruleField),
    told, said,
    el("details", { class: "small" }, el("summary", {}, t("reviewKeys")), el("p", {}, t("reviewKeysAre")),
      el("label", { for: "review-keys" }, keys, ` ${t("reviewKeysOn")}`)),
    el("div", { class: "review" },
      el("div", { class: "side" }, el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": t("partReview") }, list), el("div", { class: "buttons" }, more, refresh),
        el("h3", {}, t("decidedHere")), record),
      here));
  at.append(part);
  items = queue.items;
  drawFilters();
  drawList();
  return () => {
    stopped.abort();
    open?.close();
  };
}
