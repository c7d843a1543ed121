import { expect, test } from 'vitest';
import { clockOf, formatCount, formatDelta, formatDuration, nounOf, plural } from './format.ts';

test.each([
  [-3, '0 s'],
  [59.4, '59 s'],
  [60, '1 min'],
  [3599, '59 min'],
  [3600, '1 h'],
  [7500, '2 h 5 min'],
  [86_400, '1 d'],
  [273_600, '3 d 4 h'],
])('%s seconds are "%s"', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('an unknown value is a dash, never 0', () => {
  expect([formatCount(null), formatCount(0), formatCount(1203)]).toEqual(['–', '0', '1,203']);
  expect([formatDelta(null), formatDelta(2), formatDelta(-1)]).toEqual(['', '+2', '−1']);
});

test('one is not many, and an unknown number of them may be', () => {
  expect([plural(1, 'bike'), plural(0, 'bike'), plural(null, 'bike')]).toEqual([
    '1 bike',
    '0 bikes',
    '– bikes',
  ]);
  expect([1, -1, 2, 0, null].map((change) => nounOf(change, 'dock'))).toEqual([
    'dock',
    'dock',
    'docks',
    'docks',
    'docks',
  ]);
});

test('a clock follows the timezone of the system; an unknown timezone means UTC', () => {
  const at = new Date('2026-06-15T22:05:32Z');
  const oslo = clockOf('Europe/Oslo', () => at);
  expect([oslo.time(at), oslo.seconds(at), oslo.day(at), oslo.weekday(at)]).toEqual([
    '00:05',
    '00:05:32',
    'Tue 16 Jun, 00:05',
    'Tuesday',
  ]);
  expect(clockOf('Mars/Olympus').time(at)).toBe('22:05');
});

test('a time of another day has its day, and one of another year its year', () => {
  const clock = clockOf('Europe/Oslo', () => new Date('2026-06-15T22:05:32Z'));
  expect(clock.recent(new Date('2026-06-15T22:01:00Z'))).toBe('00:01:00');
  // A few minutes before, but yesterday in Oslo.
  expect(clock.recent(new Date('2026-06-15T21:58:00Z'))).toBe('Mon 15 Jun, 23:58');
  expect(clock.recent(new Date('2022-06-29T12:00:00Z'))).toBe('Wed 29 Jun 2022, 14:00');
  // New Year in Oslo.
  expect(clock.day(new Date('2025-12-31T23:30:00Z'))).toBe('Thu 1 Jan, 00:30');
  expect(clock.day(new Date('2025-12-31T22:30:00Z'))).toBe('Wed 31 Dec 2025, 23:30');
});
