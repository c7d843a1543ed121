import { expect, test } from 'vitest';
import { freshnessOf } from './freshness.ts';

test.each([
  [null, 10, 'unknown'],
  [29, 10, 'live'],
  [31, 10, 'late'],
  [31, 0, 'late'],
  [299, 10, 'late'],
  [301, 10, 'stale'],
  [170, 60, 'live'],
  [301, 60, 'late'],
  [601, 60, 'stale'],
  [170, null, 'live'],
] as const)('%s s old with a ttl of %s s is %s', (age, ttl, word) => {
  expect(freshnessOf(age, ttl)).toBe(word);
});
