import { expect, test } from 'vitest';
import { JudgedDay } from './judged-day.ts';
import { trustIn } from './trust.ts';

/** A day of so many forecasts, of which the table says .5: the model says .8, and such a share of them comes true. */
function day(at: number, forecasts: number, comesTrue: number): JudgedDay {
  const judged = new JudgedDay(at);
  for (let made = 0; made < forecasts; made += 1) {
    const outcome = made < comesTrue * forecasts ? 1 : 0;
    judged.add({ logOdds: 1.4, probability: 0.8, damped: 0.5, outcome, standsFor: 1 }, at);
  }
  return judged;
}

const days = (...of: [forecasts: number, comesTrue: number][]) =>
  of.map(([forecasts, comesTrue], at) => day(at, forecasts, comesTrue));

test('a model that was right on many forecasts is taken nearly as it is, one that was half right half of the way', () => {
  expect(trustIn(days([1000, 0.8], [1000, 0.8], [1000, 0.8]))).toBeGreaterThan(0.9);
  const half = trustIn(days([1000, 0.65], [1000, 0.65], [1000, 0.65]));
  expect(half).toBeGreaterThan(0.4);
  expect(half).toBeLessThan(0.5);
});

test('one that was no better than the table, or is known from a single day or a few forecasts, is not trusted', () => {
  expect(trustIn(days([1000, 0.5], [1000, 0.5]))).toBe(0);
  expect(trustIn(days([1000, 0.3], [1000, 0.3]))).toBe(0);
  expect(trustIn(days([1000, 0.8]))).toBe(0);
  expect(trustIn(days([4, 0.75], [4, 0.75]))).toBeLessThan(0.25);
  expect(trustIn([])).toBe(0);
});

test('crowded days do not drown quiet ones after them on which the model was wrong', () => {
  const quiet: [number, number][] = [
    [40, 0.4],
    [40, 0.4],
    [40, 0.4],
  ];
  const summed = (800 * 0.3 * 0.3 - 120 * 0.1 * 0.3) / (920 * 0.3 * 0.3);
  expect(trustIn(days([800, 0.8], ...quiet))).toBeLessThan(summed - 0.15);
});

test('what came of a forecast after midnight is judged when that day is over', () => {
  const late = day(0, 0, 0);
  late.add({ logOdds: 1, probability: 0.8, damped: 0.5, outcome: 1, standsFor: 1 }, 1);
  expect(late.apart).toBe(0);
  late.end();
  expect(late.apart).toBeCloseTo(0.09, 9);
  late.end();
  expect(late.apart).toBeCloseTo(0.09, 9);
});
