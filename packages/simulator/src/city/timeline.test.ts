import { expect, test } from 'vitest';
import { publicationAt, publicationNumber, secondOfStep } from './timeline.ts';

const startedAtMs = Date.UTC(2026, 10, 23, 7);

test('a publication stands until the next multiple of its length', () => {
  const timeline = { startedAtMs, publicationSeconds: 10, timeFactor: 1 };
  expect(publicationAt(timeline, startedAtMs)).toEqual({ index: 0, publishedAtMs: startedAtMs, step: 0 });
  expect(publicationAt(timeline, startedAtMs + 9_999)).toMatchObject({ index: 0, step: 0 });
  expect(publicationAt(timeline, startedAtMs + 10_000)).toMatchObject({ index: 1, step: 1 });
});

test('a clock before the start sees the start', () => {
  const timeline = { startedAtMs, publicationSeconds: 10, timeFactor: 1 };
  expect(publicationAt(timeline, startedAtMs - 60_000).index).toBe(0);
});

test('simulated time runs timeFactor times as fast, published time does not', () => {
  const timeline = { startedAtMs, publicationSeconds: 5, timeFactor: 10 };
  expect(publicationAt(timeline, startedAtMs + 60_000)).toEqual({
    index: 12,
    publishedAtMs: startedAtMs + 60_000,
    step: 60,
  });
  expect(secondOfStep(timeline, 60)).toBe(startedAtMs / 1000 + 60);
});

test('no step is lost to rounding', () => {
  const timeline = { startedAtMs, publicationSeconds: 1, timeFactor: 0.1 };
  expect(publicationNumber(timeline, 300).step).toBe(3);
});
