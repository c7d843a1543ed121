import { z } from 'zod';
import { type Tally, tally } from '../tally.ts';

/** Counts are stored as smallint. The largest in a real feed of the corpus is 99; a count above this limit is a defect. */
export const COUNT_MAX = 32_767;

const countText = z
  .string()
  .trim()
  .regex(/^[+-]?\d+(\.0+)?$/)
  .transform(Number);
const anyNumber = z.union([z.number(), countText]);
const count = z.int().min(0).max(COUNT_MAX);

/** Reads a count of bikes or docks, 0..32767. Absent or null gives null, never 0; a value that cannot be a count gives null and is tallied. */
export function readCount(value: unknown, coerced: Tally): number | null {
  if (typeof value === 'number') {
    // COUNT_MAX is 2^15 - 1, so the mask keeps every count and changes everything else. It also turns -0 into 0.
    const masked = value & COUNT_MAX;
    if (masked === value) return masked;
  }
  if (value === undefined || value === null) return null;
  return repairCount(value, coerced);
}

function repairCount(value: unknown, coerced: Tally): number | null {
  const number = anyNumber.safeParse(value);
  const repaired = count.safeParse(number.data);
  if (repaired.success) {
    tally(coerced, 'count_text');
    return repaired.data === 0 ? 0 : repaired.data;
  }
  tally(coerced, number.success && Number.isInteger(number.data) ? 'count_out_of_range' : 'count_unreadable');
  return null;
}
