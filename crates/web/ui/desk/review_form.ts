// Deciding of one thing that waits: a choice, what it needs, a name and a reason. A letter chooses, Enter decides.

import * as api from "../api";
import { el } from "../dom";
import { t } from "../i18n";
import type { Choice, Deciding, Item, Point, Signed } from "./review_api";

/** The letter that makes each choice. */
export const LETTERS: Record<Choice, string> = {
  accept: "a", reject: "r", unit: "u", point: "p", merge: "m", split: "s", line: "l", not_line: "n", apply: "a", refuse: "r",
};

/** What was said last, for the next thing: kept in this page alone. */
const last = { by: "", why: new Map<Choice, string>() };

/** What the form needs of its surroundings. */
export interface Around {
  /** Units to choose from: code and name. */
  units: api.Area[];
  /** The record beside: id of a submission, or of a line of the register. */
  beside(): { with?: string; household?: string };
  /** The choice that is made now. */
  chosen(choice: Choice): void;
  /** The middle of the map; null where there is none. */
  middle(): Point | null;
  /** The position that is typed or picked; null where it is none. */
  placed(at: Point | null): void;
  decide(deciding: Deciding, signed: Signed): Promise<void>;
}

/** A position as people write it; null where it is none. */
export function readPoint(text: string): Point | null {
  const said = /^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(text);
  return said ? { lat: Number(said[1]), lon: Number(said[2]) } : null;
}

/** Units by commune, that of the record first. */
function unitChooser(units: api.Area[], commune: string | null): HTMLSelectElement {
  const by = new Intl.Collator("vi", { numeric: true });
  const sorted = (of: api.Area[]): api.Area[] => of.sort((a, b) => Number(b.code === commune) - Number(a.code === commune) || by.compare(a.name, b.name));
  const villages = new Map<string, api.Area[]>();
  for (const unit of units.filter((u) => u.level === "village")) villages.set(unit.parent ?? "", [...(villages.get(unit.parent ?? "") ?? []), unit]);
  return el("select", { id: "decide-unit" }, el("option", { value: "" }, t("chooseUnit")),
    ...sorted(units.filter((u) => u.level === "commune")).map((c) => el("optgroup", { label: c.name },
      ...sorted(villages.get(c.code) ?? []).map((v) => el("option", { value: v.code }, v.name)),
      el("option", { value: c.code }, t("communeOnly", { name: c.name })))));
}

/** The form. */
export class DecideForm {
  readonly at: HTMLFormElement;
  private readonly radios: HTMLInputElement[];
  private readonly by = el("input", { id: "decide-by", type: "text", maxlength: 120, autocomplete: "off", required: true });
  private readonly why = el("input", { id: "decide-why", type: "text", maxlength: 300, autocomplete: "off", required: true });
  private readonly position = el("input", { id: "decide-point", type: "text", maxlength: 60, autocomplete: "off", placeholder: "16.573500, 107.506000" });
  private readonly unit: HTMLSelectElement;
  private readonly unitField: HTMLElement;
  private readonly pointField: HTMLElement;
  private readonly said = el("p", { id: "decide-said", class: "said", role: "status" });
  private readonly send = el("button", { type: "submit", class: "primary", id: "decide-send" }, t("decideNow"));

  constructor(item: Item, choices: Choice[], private readonly around: Around) {
    this.unit = unitChooser(around.units, item.submission?.commune ?? null);
    this.by.value = last.by;
    this.radios = choices.map((choice) => el("input", { type: "radio", name: "choice", value: choice, id: `choice-${choice}`, onchange: () => this.choose(choice) }));
    const field = (label: string, input: HTMLElement): HTMLElement => el("label", { class: "field", for: input.id }, el("span", {}, label), input);
    this.unitField = field(t("choice_unit"), this.unit);
    this.pointField = el("div", { class: "field" }, field(t("pointTyped"), this.position),
      el("button", { type: "button", id: "decide-middle", onclick: () => this.pick(around.middle()) }, t("mapMiddle")));
    this.position.addEventListener("input", () => around.placed(readPoint(this.position.value)));
    this.unitField.hidden = this.pointField.hidden = true;
    this.at = el("form", { id: "decide", class: "card", onsubmit: (e) => void this.submit(e) },
      el("fieldset", {}, el("legend", {}, t("decision")),
        el("div", { class: "choices" }, ...this.radios.map((radio, i) => el("label", { class: "choice", for: radio.id }, radio,
          ` ${t(`choice_${choices[i]}`)} `, el("kbd", {}, LETTERS[choices[i]]))))),
      el("div", { class: "fields" }, this.unitField, this.pointField, field(t("by"), this.by), field(t("why"), this.why)),
      el("div", { class: "buttons" }, this.send), this.said);
  }

  /** The choice made, if any. */
  get choice(): Choice | null {
    return (this.radios.find((r) => r.checked)?.value as Choice | undefined) ?? null;
  }

  /** Makes a choice by its letter and goes to what it needs next; whether there is such a choice. */
  press(letter: string): boolean {
    const radio = this.radios.find((r) => LETTERS[r.value as Choice] === letter);
    if (!radio || radio.disabled) return false;
    radio.checked = true;
    this.choose(radio.value as Choice);
    (radio.value === "unit" ? this.unit : radio.value === "point" ? this.position : this.by.value === "" ? this.by : this.why).focus();
    return true;
  }

  private choose(choice: Choice): void {
    this.unitField.hidden = choice !== "unit";
    this.pointField.hidden = choice !== "point";
    this.why.value = last.why.get(choice) ?? "";
    this.around.chosen(choice);
  }

  /** Takes a position, where one is to be chosen. */
  pick(at: Point | null): void {
    if (this.choice !== "point" || !at) return;
    this.position.value = `${at.lat.toFixed(6)}, ${at.lon.toFixed(6)}`;
    this.around.placed(at);
  }

  /** Lets nobody decide here, or again. */
  lock(locked: boolean): void {
    this.send.disabled = locked;
    for (const radio of this.radios) radio.disabled = locked;
  }

  tell(words: string, wrong = false): void {
    this.said.classList.toggle("wrong", wrong);
    this.said.textContent = words;
  }

  /** What the choice needs beside a name and a reason; throws what is missing. */
  private deciding(choice: Choice): Deciding {
    const { with: other, household } = this.around.beside();
    if (choice === "unit") {
      if (this.unit.value === "") throw new Error(t("chooseUnit"));
      return { choice, unit: this.unit.value };
    }
    if (choice === "point") {
      const point = readPoint(this.position.value);
      if (!point) throw new Error(t("pointMissing"));
      return { choice, point };
    }
    if (choice === "merge" || choice === "split") {
      if (!other) throw new Error(t("besideOther"));
      return { choice, with: other };
    }
    if (choice === "line" || choice === "not_line") {
      if (!household) throw new Error(t("besideLine"));
      return { choice, household };
    }
    return { choice };
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.send.disabled) return;
    try {
      const { choice } = this;
      if (!choice) throw new Error(t("choiceMissing"));
      const signed = { by: this.by.value.trim(), why: this.why.value.trim() };
      if (signed.by === "" || signed.why === "") throw new Error(t("byAndWhyHere"));
      const deciding = this.deciding(choice);
      last.by = signed.by;
      last.why.set(choice, signed.why);
      this.lock(true);
      this.tell(t("sending"));
      await this.around.decide(deciding, signed);
    } catch (error) {
      this.lock(false);
      this.tell(error instanceof Error ? error.message : String(error), true);
    }
  }

  /** The name given last. */
  static get name(): string {
    return last.by;
  }
}
