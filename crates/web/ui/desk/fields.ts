// Fields that several parts of the desk have.

import type { Area, Level } from "../api";
import { el } from "../dom";

/** A list to choose from, under its label. */
export function select(id: string, label: string, options: [string, string][], change: (value: string) => void): [HTMLElement, HTMLSelectElement] {
  const field = el("select", { id, onchange: () => change(field.value) }, ...options.map(([value, name]) => el("option", { value }, name)));
  return [el("label", { class: "field", for: id }, el("span", {}, label), field), field];
}

/** An input under its label. */
export function labelled(label: string, input: HTMLElement): HTMLElement {
  return el("label", { class: "field", for: input.id }, el("span", {}, label), input);
}

/** Units with households, widest first, villages with their communes: codes and names. */
export function areaChoices(all: Area[]): [string, string][] {
  const by = new Intl.Collator("vi", { numeric: true });
  const of = (level: Level) => all.filter((a) => a.level === level && a.households > 0).sort((a, b) => by.compare(a.name, b.name));
  const names = new Map(all.map((a) => [a.code, a.name]));
  return [...of("province"), ...of("district"), ...of("commune"), ...of("village")].map((a) => [
    a.code, a.level === "village" && a.parent ? `${a.name}, ${names.get(a.parent) ?? ""}` : a.name]);
}
