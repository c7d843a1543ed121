import type { WordField } from '../codes.ts';
import { type Tally, tally } from '../tally.ts';

/**
 * Reads one of the words that GBFS lists for a field, in lower case, because GBFS 1.x wrote some in capitals.
 * Returns null when absent, and `other` for a word that is not listed. That is tallied, because later versions may bring new words.
 */
export function readWord<Word extends string>(
  value: unknown,
  field: WordField,
  words: readonly Word[],
  coerced: Tally,
): Word | 'other' | null {
  if (value === undefined || value === null || value === '') return null;
  const text =
    typeof value === 'string'
      ? value
          .trim()
          .toLowerCase()
          .replaceAll(/[\s-]+/g, '_')
      : undefined;
  const known = words.find((word) => word === text);
  if (known === undefined && text !== 'other') tally(coerced, `${field}_unknown`);
  return known ?? 'other';
}
