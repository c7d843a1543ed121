import { z } from 'zod';
import type { NumberField } from '../codes.ts';
import { type Tally, tally } from '../tally.ts';

const numberText = z
  .string()
  .trim()
  .regex(/^[+-]?\d+(\.\d+)?$/)
  .transform(Number);

/** Reads a number from `min` to `max`. Absent or null gives null, never 0; a value outside the range or not a number gives null and is tallied. */
export function readNumber(
  value: unknown,
  field: NumberField,
  { min, max }: { min: number; max: number },
  coerced: Tally,
): number | null {
  if (value === undefined || value === null) return null;
  const number = typeof value === 'number' ? value : numberText.safeParse(value).data;
  if (number === undefined || !Number.isFinite(number)) {
    tally(coerced, `${field}_unreadable`);
    return null;
  }
  if (number < min || number > max) {
    tally(coerced, `${field}_out_of_range`);
    return null;
  }
  if (typeof value === 'string') tally(coerced, `${field}_text`);
  // -0 is 0.
  return number === 0 ? 0 : number;
}
