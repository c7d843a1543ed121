import { expect, test } from 'vitest';
import { backOff } from './back-off.ts';

test('each failure in a row doubles the wait, up to the longest', () => {
  const waits = [1, 2, 3, 6, 7, 2000].map((failures) => backOff(failures, { first: 100, longest: 5_000 }));
  expect(waits).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
});

test('before a first failure it is the shortest', () => {
  expect(backOff(0, { first: 1, longest: 60 })).toBe(1);
});
