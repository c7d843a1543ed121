import { expect, test } from 'vitest';
import { departuresPerStationMinute, localStartMs, localTime, shareInward } from './rhythm.ts';

test('riders are most at the rush hours of a weekday and fewest at night', () => {
  const at = (hour: number) => departuresPerStationMinute({ hour, weekend: false });
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const byRiders = hours.toSorted((left, right) => at(right) - at(left));
  expect(byRiders.slice(0, 2).sort()).toEqual([17, 8]);
  expect(byRiders.slice(-3).every((hour) => hour <= 4)).toBe(true);
});

test('riders go to the centre in the morning and out of it in the evening, not at weekends', () => {
  expect(shareInward({ hour: 8, weekend: false })).toBeGreaterThan(0.7);
  expect(shareInward({ hour: 17, weekend: false })).toBeLessThan(0.3);
  expect(shareInward({ hour: 8, weekend: true })).toBe(0.5);
});

test('the last hour of a day runs into the first', () => {
  const late = departuresPerStationMinute({ hour: 23.999, weekend: false });
  expect(late).toBeCloseTo(departuresPerStationMinute({ hour: 0, weekend: false }), 4);
});

test('a run begins at the local hour it is, in each timezone', () => {
  const monday7Utc = Date.UTC(2026, 10, 23, 7);
  expect(localTime(localStartMs(monday7Utc, 'Europe/Oslo', null))).toEqual({ hour: 8, weekend: false });
  expect(localTime(localStartMs(monday7Utc, 'America/Denver', null))).toEqual({ hour: 0, weekend: false });
  expect(localTime(localStartMs(monday7Utc, 'UTC', null)).hour).toBe(7);
});

test('a start hour asked for is a weekday morning, also at a weekend', () => {
  const sunday = Date.UTC(2026, 10, 22, 20);
  expect(localTime(localStartMs(sunday, 'Europe/Oslo', 8.5))).toEqual({ hour: 8.5, weekend: false });
  expect(localTime(localStartMs(sunday, 'Europe/Oslo', null)).weekend).toBe(true);
});
