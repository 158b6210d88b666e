// One thing that waits: who keeps it, what the rules ask, both records, the map, why, and deciding.

import { type Area, Refusal } from "../api";
import { el } from "../dom";
import { count } from "../format";
import { either, t } from "../i18n";
import type { Choice, Deciding, Explanation, Item, Review, Rule, Signed } from "./review_api";
import { type Record, compareTable, explained, ofLine, ofRow } from "./review_compare";
import { DecideForm } from "./review_form";
import { type Placed, ReviewMap } from "./review_map";

/** How often the time that is left is told anew, in milliseconds. */
const TICK_MS = 1_000;
/** How often an explanation is asked for: the server makes the state of a run once, which may take longer than it lets one wait. */
const ASKED = 4;

/** A record that can stand beside the submission. */
interface Beside {
  name: string;
  record: Record | null;
  explain: string;
  with?: string;
  household?: string;
}

/** What the item needs of the queue. */
export interface Around {
  review: Review;
  rules: Rule[];
  units: Area[];
  decide(item: Item, deciding: Deciding, signed: Signed): Promise<void>;
  /** Something about it is other than it was: look again. */
  stale(id: string): void;
}

/** Minutes and seconds. */
export function left(until: string, now: number): string {
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - now) / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A thing that is open. */
export class OpenItem {
  readonly at: HTMLElement;
  readonly form: DecideForm;
  private readonly besides: Beside[];
  private beside = 0;
  private map: ReviewMap | null = null;
  private timer = 0;
  private gone = false;
  private readonly compare = el("div");
  private readonly why = el("div", { id: "explained", "aria-live": "polite" });
  /** Weighed when it is asked for: the first answer after a run takes the server some seconds. */
  private readonly whyAt = el("details", { id: "why-explained", ontoggle: () => this.whyAt.open && this.drawWhy() }, el("summary", {}, t("whyExplained"), " ", el("kbd", {}, "w")), this.why);
  private readonly mapAt = el("div", { id: "review-map", class: "gap-map" });
  private readonly claimAt = el("div", { id: "claim", class: "claim" });

  constructor(readonly item: Item, private readonly around: Around) {
    const line = (id: string) => item.points.find((p) => p.role === "line" && p.id === id) ?? null;
    this.besides = [
      ...item.others.map((o): Beside => ({
        name: t("otherSubmission", { rule: o.rule, row: o.submission ? `${o.submission.file}:${o.submission.row}` : o.id.slice(0, 8) }),
        record: o.submission && ofRow(o.submission), explain: o.explain, with: o.id })),
      ...item.lines.map((l): Beside => ({ name: t("lineOfRegister", { household: l.household }), record: ofLine(l, line(l.household)), explain: l.explain, household: l.household })),
    ];
    this.form = new DecideForm(item, this.choices(), {
      units: around.units,
      beside: () => this.besides[this.beside] ?? {},
      chosen: (choice) => this.mapAt.classList.toggle("choosing", choice === "point"),
      middle: () => this.map?.middle() ?? null,
      placed: (at) => this.map?.choose(at),
      decide: (deciding, signed) => around.decide(item, deciding, signed),
    });
    this.at = el("article", { id: "review-item", tabindex: -1, "data-id": item.id, "aria-label": this.title() },
      el("h3", {}, this.title()), this.claimAt, this.questions(),
      ...(item.proposal ? [this.proposal()] : [this.chooser(), this.compare, this.mapAt, this.whyAt]),
      this.form.at);
    this.drawClaim();
    if (item.submission) this.drawBeside();
    if (item.points.length > 0 || item.kind === "submission") void this.drawMap();
  }

  private title(): string {
    const { submission, proposal } = this.item;
    return submission ? `${submission.head} · ${submission.file}:${submission.row}` : (proposal?.subject ?? this.item.id);
  }

  private choices(): Choice[] {
    const { others, lines, choices } = this.item;
    return choices.filter((c) => (c === "merge" || c === "split" ? others.length > 0 : c === "line" || c === "not_line" ? lines.length > 0 : true));
  }

  /** What each rule asks, and what to do about it. */
  private questions(): HTMLElement {
    const found = this.item.submission?.findings ?? [];
    return el("ul", { class: "rules" }, ...this.item.rules.map((code) => {
      const finding = found.find((f) => f.code === code);
      const rule = this.around.rules.find((r) => r.code === code);
      const [message, advice] = finding ? [either(finding.message_vi, finding.message_en), either(finding.advice_vi, finding.advice_en)]
        : [either(rule?.vi, rule?.en), either(rule?.advice_vi, rule?.advice_en)];
      return el("li", { class: "severity-R" }, el("strong", {}, `${code} · ${message}`),
        advice !== "" && el("p", {}, advice),
        finding !== undefined && finding.original !== "" && el("p", { class: "small" }, t("valueInFile", { value: finding.original })));
    }));
  }

  private proposal(): HTMLElement {
    const p = this.item.proposal;
    if (!p) return el("div");
    const shift = p.shift_m === null || p.azimuth_deg === null ? null : t("shiftBy", { metres: count(Math.round(p.shift_m)), azimuth: count(Math.round(p.azimuth_deg)) });
    const told: [Parameters<typeof t>[0], string][] = [
      ["collector", p.collector || "–"], ["remedyProposed", p.remedy], ...(shift ? [["shift", shift] as [Parameters<typeof t>[0], string]] : []),
      ["evidence", p.evidence], ["witnesses", count(p.votes)], ["rowsChanged", count(p.rows)], ["sure", `${Math.round(p.confidence * 100)} %`],
      ["file", p.files.map((f) => `${f.name} (${t("nRows", { n: count(f.rows.length) })})`).join(", ")]];
    return el("dl", { id: "proposal", class: "told" }, ...told.flatMap(([word, value]) => [el("dt", {}, t(word)), el("dd", {}, value)]));
  }

  /** Which record stands beside, where there are several. */
  private chooser(): HTMLElement {
    if (this.besides.length < 2) return el("div");
    const field = el("select", { id: "beside", onchange: () => {
      this.beside = field.selectedIndex;
      this.drawBeside();
    } }, ...this.besides.map((b, i) => el("option", { value: i }, b.name)));
    return el("label", { class: "field", for: "beside" }, el("span", {}, t("beside")), field);
  }

  private drawBeside(): void {
    const { submission } = this.item;
    const beside = this.besides.at(this.beside) ?? null;
    if (!submission) return;
    this.compare.replaceChildren(compareTable(ofRow(submission), beside?.record ?? null, beside?.name ?? ""),
      beside && !beside.record ? el("p", { class: "note" }, t("outsideYourAreas")) : "");
    if (this.whyAt.open) void this.drawWhy();
  }

  private async drawWhy(): Promise<void> {
    const path = this.besides.at(this.beside)?.explain ?? this.item.explain;
    if (!path || this.why.dataset.of === path) return;
    delete this.why.dataset.settled;
    this.why.replaceChildren(el("p", { class: "small" }, t("weighing")));
    this.why.dataset.of = path;
    let told: HTMLElement[];
    try {
      const pair = await this.explanation(path);
      told = explained(pair);
      // What was not weighed against the other was weighed against the register.
      const { explain } = this.item;
      if (pair.relation && pair.relation !== "weighed" && explain) {
        told.push(el("p", {}, t("againstRegister")), ...explained(await this.explanation(explain)));
      }
    } catch (error) {
      told = [el("p", { class: "note" }, error instanceof Error ? error.message : String(error))];
      // Opened again, it is asked again.
      if (this.why.dataset.of === path) delete this.why.dataset.of;
      if (!this.gone) this.why.replaceChildren(...told);
      return;
    }
    if (!this.gone && this.why.dataset.of === path) {
      this.why.replaceChildren(...told);
      this.why.dataset.settled = "1";
    }
  }

  private async explanation(path: string): Promise<Explanation> {
    for (let asked = 1; ; asked += 1) {
      try {
        return await this.around.review.explain(path);
      } catch (error) {
        if (this.gone || asked === ASKED || !(error instanceof Refusal && error.status === 503)) throw error;
      }
    }
  }

  private async drawMap(): Promise<void> {
    const letters = new Map(this.besides.map((b, i) => [b.with ?? b.household ?? "", { letter: String.fromCharCode(66 + (i % 24)), name: b.name }]));
    const placed = this.item.points.map((p): Placed => ({
      lon: p.lon, lat: p.lat, kind: p.role, ...(letters.get(p.id) ?? { letter: "A", name: t("thisSubmission") }) }));
    try {
      const map = await ReviewMap.at(this.mapAt, (at) => this.form.pick(at));
      if (this.gone) return map.remove();
      this.map = map;
      map.show(placed);
      this.mapAt.append(el("ul", { class: "pins-key" }, ...placed.map((p) => el("li", {}, el("span", { class: `pin pin-${p.kind}`, "aria-hidden": "true" }, p.letter), ` ${p.name}`))));
    } catch (error) {
      this.mapAt.replaceChildren(el("p", { class: "note" }, t("noMap", { why: error instanceof Error ? error.message : "" })));
    }
  }

  /** Who keeps it and for how long, and keeping it oneself. */
  private drawClaim(): void {
    clearInterval(this.timer);
    const { claim, decision } = this.item;
    const button = (id: string, words: string, does: () => Promise<void>): HTMLElement =>
      el("button", { type: "button", id, onclick: () => void this.change(does) }, words);
    const clock = el("span", { role: "timer", id: "claim-left" });
    const decided = decision && decision.state !== "done" ? [el("p", { id: "decided-before", class: decision.state === "failed" ? "wrong" : "" },
      decision.state === "failed" ? t("decisionFailed", { why: decision.fault ?? "" }) : t("decisionWaits", { by: decision.by }))] : [];
    if (!claim) {
      this.claimAt.replaceChildren(...decided, el("p", {}, t("nobodyLooks")), el("div", { class: "buttons" }, button("take", t("takeClaim"), () => this.take())));
    } else if (claim.mine) {
      this.claimAt.replaceChildren(...decided, el("p", { class: "right" }, t("youLook"), " ", clock),
        el("div", { class: "buttons" }, button("take", t("takeLonger"), () => this.take()), button("release", t("releaseClaim"), () => this.release())));
    } else {
      this.claimAt.replaceChildren(...decided, el("p", { class: "wrong", role: "alert" }, t("otherLooks", { by: claim.by }), " ", clock));
    }
    this.form.lock((claim !== null && !claim.mine) || decision?.state === "waiting");
    if (!claim) return;
    const tick = (): void => {
      clock.textContent = t("timeLeft", { time: left(claim.until, Date.now()) });
      if (Date.parse(claim.until) > Date.now()) return;
      clearInterval(this.timer);
      this.around.stale(this.item.id);
    };
    this.timer = window.setInterval(tick, TICK_MS);
    tick();
  }

  private async change(does: () => Promise<void>): Promise<void> {
    try {
      await does();
      this.form.tell("");
    } catch (error) {
      this.form.tell(error instanceof Error ? error.message : String(error), true);
    }
  }

  private async take(): Promise<void> {
    const focused = this.claimAt.contains(document.activeElement);
    try {
      this.item.claim = await this.around.review.claim(this.item.id);
    } catch (error) {
      // Somebody else was first: who, and until when, is asked again.
      this.item.claim = (await this.around.review.item(this.item.id)).claim;
      this.drawClaim();
      throw error;
    }
    this.drawClaim();
    if (focused) this.claimAt.querySelector<HTMLElement>("#release")?.focus();
  }

  private async release(): Promise<void> {
    const focused = this.claimAt.contains(document.activeElement);
    await this.around.review.release(this.item.id);
    this.item.claim = null;
    this.drawClaim();
    if (focused) this.claimAt.querySelector<HTMLElement>("#take")?.focus();
  }

  /** Keeps it, or lets go. */
  async toggleClaim(): Promise<void> {
    await this.change(() => (this.item.claim?.mine ? this.release() : this.take()));
  }

  /** Tells why, or no more. */
  toggleWhy(): void {
    this.whyAt.open = !this.whyAt.open;
  }

  /** The next record beside. */
  nextBeside(): void {
    const field = this.at.querySelector<HTMLSelectElement>("#beside");
    if (!field) return;
    field.selectedIndex = this.beside = (this.beside + 1) % this.besides.length;
    this.drawBeside();
  }

  /** Takes it away. */
  close(): void {
    this.gone = true;
    clearInterval(this.timer);
    this.map?.remove();
    this.at.remove();
  }
}
