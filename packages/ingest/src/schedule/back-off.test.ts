import { describe, expect, test } from 'vitest';
import { backOffSeconds, readRetryAfter } from './back-off.ts';

const atMost = () => 1;
const atLeast = () => 0;

test('the wait doubles from its base up to one hour', () => {
  const waits = [1, 2, 3, 9, 10, 1000].map((failuresInARow) =>
    backOffSeconds({ failuresInARow, baseSeconds: 15, retryAfterSeconds: null }, atMost),
  );
  expect(waits).toEqual([18.75, 37.5, 75, 3600, 3600, 3600]);
});

test('it is spread upwards from where the doubling has come to, so that no wait is shorter than the base', () => {
  const waits = [0, 1, 2, 3].map((failuresInARow) =>
    backOffSeconds({ failuresInARow, baseSeconds: 300, retryAfterSeconds: null }, atLeast),
  );
  expect(waits).toEqual([300, 300, 600, 1200]);
});

test('a base of more than an hour is kept to, and spread by a quarter of an hour', () => {
  const wait = (random: () => number) =>
    backOffSeconds({ failuresInARow: 3, baseSeconds: 86_400, retryAfterSeconds: null }, random);
  expect([wait(atLeast), wait(atMost)]).toEqual([86_400, 87_300]);
});

test('at its end it is spread as well', () => {
  expect(backOffSeconds({ failuresInARow: 20, baseSeconds: 10, retryAfterSeconds: null }, atLeast)).toBe(
    2880,
  );
});

test('a longer Retry-After wins, a shorter one does not', () => {
  const wait = (retryAfterSeconds: number) =>
    backOffSeconds({ failuresInARow: 1, baseSeconds: 10, retryAfterSeconds }, atLeast);
  expect(wait(120)).toBe(120);
  expect(wait(1)).toBe(10);
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
    ['120 s', null],
    ['1.5', 1.5],
    ['31536000', 86_400],
    ['Tue, 23 Nov 2027 10:00:00 GMT', 86_400],
    ['', null],
    [null, null],
  ])('%j is %j seconds', (header, seconds) => {
    expect(readRetryAfter(header, now)).toBe(seconds);
  });

  test('as a date is counted by the clock of the publisher', () => {
    const until = 'Mon, 23 Nov 2026 10:05:00 GMT';
    expect(readRetryAfter(until, now, 'Mon, 23 Nov 2026 10:00:30 GMT')).toBe(270);
    expect(readRetryAfter(until, now, 'yesterday')).toBe(300);
  });

  test.each(['UTC', 'Asia/Tokyo', 'America/Los_Angeles'])(
    'as a date in any form of RFC 9110 is the same moment on a machine in %s',
    (zone) => {
      const before = process.env.TZ;
      try {
        process.env.TZ = zone;
        expect(Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(zone);
        for (const until of [
          'Mon, 23 Nov 2026 10:05:00 GMT',
          'Monday, 23-Nov-26 10:05:00 GMT',
          'Mon Nov 23 10:05:00 2026',
          'Mon, 23 Nov 2026 11:05:00 +0100',
        ]) {
          expect(readRetryAfter(until, now)).toBe(300);
          expect(readRetryAfter(until, now, 'Mon Nov 23 10:01:00 2026')).toBe(240);
        }
        expect(readRetryAfter('Sun Dec  6 10:00:00 2026', now, 'Sun Dec  6 09:59:00 2026')).toBe(60);
      } finally {
        if (before === undefined) delete process.env.TZ;
        else process.env.TZ = before;
      }
    },
  );
});
