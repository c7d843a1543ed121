import { z } from 'zod';
import { type Tally, tally } from '../tally.ts';

const flagText = z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] });

/** Reads a boolean. GBFS 1.x allows 0 and 1, and feeds of all versions send them. Text is repaired and tallied; anything else gives null and is tallied. */
export function readFlag(value: unknown, coerced: Tally): boolean | null {
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  if (value === undefined || value === null) return null;
  return repairFlag(value, coerced);
}

function repairFlag(value: unknown, coerced: Tally): boolean | null {
  const text = flagText.safeParse(typeof value === 'string' ? value.trim() : value);
  tally(coerced, text.success ? 'flag_text' : 'flag_unreadable');
  return text.success ? text.data : null;
}
