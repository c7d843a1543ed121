import { describe, expect, test } from 'vitest';
import { backOffSeconds, readRetryAfter } from './back-off.ts';

const atMost = () => 1;
const atLeast = () => 0;

test('the wait doubles from its base up to one hour', () => {
  const waits = [1, 2, 3, 9, 10, 1000].map((failuresInARow) =>
    backOffSeconds({ failuresInARow, baseSeconds: 15, retryAfterSeconds: null }, atMost),
  );
  expect(waits).toEqual([15, 30, 60, 3600, 3600, 3600]);
});

test('it is spread by a fifth, downwards', () => {
  expect(backOffSeconds({ failuresInARow: 20, baseSeconds: 10, retryAfterSeconds: null }, atLeast)).toBe(
    2880,
  );
});

test('a longer Retry-After wins, a shorter one does not, one of a year is cut to a day', () => {
  const wait = (retryAfterSeconds: number) =>
    backOffSeconds({ failuresInARow: 1, baseSeconds: 10, retryAfterSeconds }, atLeast);
  expect(wait(120)).toBe(120);
  expect(wait(1)).toBe(8);
  expect(wait(31_536_000)).toBe(86_400);
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-23T10:00:00Z');
  test.each([
    ['120', 120],
    [' 30 ', 30],
    ['Mon, 23 Nov 2026 10:01:00 GMT', 60],
    ['Mon, 23 Nov 2026 09:00:00 GMT', null],
    ['0', null],
    ['-5', null],
    ['soon', null],
    ['', null],
    [null, null],
  ])('%j is %j seconds', (header, seconds) => {
    expect(readRetryAfter(header, now)).toBe(seconds);
  });
});
