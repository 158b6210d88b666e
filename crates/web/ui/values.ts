// What the map shows of each unit: one number, and whether it is to be read with caution.

import type { Coverage, Row } from "./api";
import type { Measure } from "./scale";

/** Fewest households from which a share means something: below, one household is more than 3 points. */
export const FEW_HOUSEHOLDS = 30;

/** Days after which a register is old: 12 months. */
const OLD_DAYS = 365;

const DAY_MS = 86_400_000;

export interface Value {
  /** The number; null where there is none. */
  value: number | null;
  /** Whether the unit has few households, or the register is old. */
  doubtful: boolean;
}

/** Households that ought to be covered and are not. */
export function missing(row: { households: number; covered: number }): number {
  return row.households - row.covered;
}

/** Whether a register is older than 12 months on a day. */
export function isOld(closedOn: string, on: Date): boolean {
  return (on.getTime() - new Date(`${closedOn}T00:00:00Z`).getTime()) / DAY_MS > OLD_DAYS;
}

/** Points by which the share of a unit changed. */
export function change(row: Row, before: Row | undefined): number | null {
  if (row.percent === null || before?.percent === null || before?.percent === undefined) return null;
  return Math.round((row.percent - before.percent) * 100) / 100;
}

/** The numbers of all units. */
export function valuesOf(of: Coverage, measure: Measure, before: Coverage | null, today: Date): Map<string, Value> {
  const old = isOld(of.closed_on, today);
  const earlier = new Map(before?.rows.map((row) => [row.code, row]));
  return new Map(of.rows.map((row) => {
    const value = measure === "rate" ? row.percent
      : measure === "missing" ? missing(row)
      : change(row, earlier.get(row.code));
    const doubtful = old || (row.households < FEW_HOUSEHOLDS && measure !== "missing");
    return [row.code, { value, doubtful }];
  }));
}
