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
  reliability.add(0.31, 1);
  reliability.add(0.39, 0);
  reliability.add(1, 1);
  expect(reliability.bins()).toEqual([
    { from: 0.3, cases: 2, forecast: 0.35, observed: 0.5 },
    { from: 0.9, cases: 1, forecast: 1, observed: 1 },
  ]);
});
