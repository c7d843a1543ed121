import { expect, test } from 'vitest';
import { type BlockErrors, Reliability, skillInterval, skillOf } from './score.ts';

const block = (model: number, persistence: number): BlockErrors => ({
  pairs: 10,
  model,
  persistence,
  damped: 1,
  profile: 1,
});

test('skill is the share of the error that is saved, and not known where the reference made none', () => {
  expect(skillOf(block(3, 4), 'persistence')).toBe(0.25);
  expect(skillOf(block(3, 0), 'persistence')).toBeNull();
});

test('the interval holds the skill, is the same for the same seed, and is wider where days differ more', () => {
  const days = Array.from({ length: 20 }, (_, day) => block(6 + (day % 5), 10));
  const even = Array.from({ length: 20 }, () => block(8, 10));
  const [low, high] = skillInterval(days, 'persistence', 7) as [number, number];
  expect(low).toBeLessThan(0.2);
  expect(high).toBeGreaterThan(0.2);
  expect(skillInterval(days, 'persistence', 7)).toEqual([low, high]);
  const [evenLow, evenHigh] = skillInterval(even, 'persistence', 7) as [number, number];
  expect(evenHigh - evenLow).toBeLessThan(1e-9);
  expect(skillInterval([block(1, 2)], 'persistence')).toBeNull();
});

test('a bin has the mean of its forecasts and the share that came true; empty ones are left out', () => {
  const reliability = new Reliability();
  reliability.add(0.31, 1, 1);
  reliability.add(0.39, 0, 2);
  reliability.add(1, 1, 1);
  expect(reliability.bins()).toEqual([
    {
      from: 0.3,
      cases: 2,
      forecast: 0.35,
      observed: 0.5,
      standard_error: expect.closeTo(Math.hypot(0.69, 0.39) / 2, 9),
    },
    { from: 0.9, cases: 1, forecast: 1, observed: 1, standard_error: 0 },
  ]);
});

test('forecasts of one station and day are one block: what they miss by together makes a bin less certain than as many of their own', () => {
  const errorOf = (blockOf: (index: number) => number) => {
    const reliability = new Reliability();
    for (let index = 0; index < 40; index += 1) reliability.add(0.5, index % 20 < 10 ? 1 : 0, blockOf(index));
    return reliability.bins()[0]?.standard_error;
  };
  expect(errorOf((index) => index)).toBeCloseTo(Math.sqrt(0.25 / 40), 9);
  expect(errorOf((index) => Math.floor(index / 10))).toBeCloseTo(Math.sqrt(0.25 / 4), 9);
});
