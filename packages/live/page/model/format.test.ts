import { expect, test } from 'vitest';
import { clockOf, formatCount, formatDelta, formatDuration } from './format.ts';

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

test('a clock follows the timezone of the system; an unknown timezone means UTC', () => {
  const at = new Date('2026-06-15T22:05:32Z');
  const oslo = clockOf('Europe/Oslo');
  expect([oslo.time(at), oslo.seconds(at), oslo.day(at), oslo.weekday(at)]).toEqual([
    '00:05',
    '00:05:32',
    'Tue 16 Jun, 00:05',
    'Tuesday',
  ]);
  expect(clockOf('Mars/Olympus').time(at)).toBe('22:05');
});
