import type { WordField } from '../codes.ts';
import { type Tally, tally } from '../tally.ts';

/**
 * One of the words that GBFS lists for a field, in lower case: GBFS 1.x wrote some in capitals.
 * Null for what is absent; `other` for a word that is not listed, which is tallied: later versions may bring new ones.
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
