import { expect, test } from 'vitest';
import { principalVectors } from './algebra/principal-vectors.ts';
import { WEEK_HOURS } from './history.ts';
import { usualWeek, weekSumsOf } from './usual-week.ts';

/** At work by day and away in the evening, or the other way round. */
const byDay = (hour: number) => Math.sin((2 * Math.PI * (hour % 24)) / 24);
const byWeek = (hour: number) => (hour < 24 ? 1 : -1) * Math.cos((2 * Math.PI * (hour % 24)) / 24);
const LOADS = Array.from({ length: 40 }, (_, station) => [2, -2, 1, -1.5][station % 4] as number);
const NEWCOMER = LOADS.length - 1;
const SEEN_HOURS = 12;
const usualChange = (station: number, hour: number) =>
  (LOADS[station] as number) * byDay(hour) + (station % 3 === 0 ? 1.5 : -1) * byWeek(hour);

const emptyWeek = (stations: number) => weekSumsOf(() => new Float32Array(stations * WEEK_HOURS));

function sums() {
  const week = emptyWeek(LOADS.length);
  LOADS.forEach((_, station) => {
    for (let hour = 0; hour < WEEK_HOURS; hour += 1) {
      if (station === NEWCOMER && hour >= SEEN_HOURS) continue;
      const key = station * WEEK_HOURS + hour;
      const n = 80;
      week.cases[key] = n;
      week.hits[key] = n;
      week.free[key] = n;
      week.change[key] = n * usualChange(station, hour);
      week.square[key] = n * (1 + usualChange(station, hour) ** 2);
    }
  });
  return week;
}

test('at an hour at which a station was never seen, its change is towards that of the pattern that its other hours follow', () => {
  const { change, deviation, profile } = usualWeek(sums(), 0.7);
  for (const hour of [18, 18 + 24]) {
    const key = NEWCOMER * WEEK_HOURS + hour;
    const expected = usualChange(NEWCOMER, hour);
    expect((change[key] as number) / expected).toBeGreaterThan(0.5);
    expect((change[key] as number) / expected).toBeLessThan(1.1);
    expect(deviation[key]).toBeGreaterThan(0.5);
    expect(profile[18 + NEWCOMER * WEEK_HOURS]).toBeGreaterThan(0.69);
  }
});

test('a city of which nothing is known has a usual week of numbers', () => {
  const { profile, change, deviation } = usualWeek(emptyWeek(2), 0.5);
  expect([profile[0], change[0]]).toEqual([0.5, 0]);
  expect(deviation.every((value) => value > 0 && Number.isFinite(value))).toBe(true);
});

test('the principal vectors of a matrix span its rows', () => {
  const one = Float64Array.from({ length: 8 }, (_, at) => at - 3);
  const two = Float64Array.from({ length: 8 }, (_, at) => (at % 3) - 1);
  const rows = Float64Array.from(
    [5, -3, 2, 7].flatMap((load, row) =>
      Array.from(one, (value, at) => load * value + row * (two[at] as number)),
    ),
  );
  const [first, second] = principalVectors(rows, 8, 2) as [Float64Array, Float64Array];
  const dot = (a: Float64Array, b: Float64Array) =>
    a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);
  expect(dot(first, first)).toBeCloseTo(1, 6);
  expect(dot(second, second)).toBeCloseTo(1, 6);
  expect(dot(first, second)).toBeCloseTo(0, 6);
  for (let from = 0; from < rows.length; from += 8) {
    const row = rows.subarray(from, from + 8);
    const along = [dot(row, first), dot(row, second)];
    const told = first.map(
      (value, at) => (along[0] as number) * value + (along[1] as number) * (second[at] as number),
    );
    expect(Math.max(...told.map((value, at) => Math.abs(value - (row[at] as number))))).toBeLessThan(1e-3);
  }
});
