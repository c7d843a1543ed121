import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepNames } from './keep-names.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What the stream says for a time, once a second, and how often the names were fetched meanwhile. */
async function fetchesWithin(
  seconds: number,
  said: string,
  answers: () => string,
  random = 0.5,
): Promise<number> {
  let fetches = 0;
  const refetch = async () => {
    fetches++;
    return answers();
  };
  const hear = keepNames('old', refetch, new AbortController().signal, () => random);
  for (let second = 0; second < seconds; second++) {
    hear(said);
    await vi.advanceTimersByTimeAsync(1000);
  }
  return fetches;
}

test('names that are others are fetched once', async () => {
  expect(await fetchesWithin(600, 'new', () => 'new')).toBe(1);
  expect(await fetchesWithin(600, 'old', () => 'new')).toBe(0);
});

test('while the answer disagrees with the stream for ever, it is asked ever more rarely', async () => {
  const inTenMinutes = await fetchesWithin(600, 'new', () => 'old');
  expect(inTenMinutes).toBeGreaterThan(3);
  expect(inTenMinutes).toBeLessThan(20);
});

test('pages that hear it at the same moment ask at different ones', async () => {
  expect(await fetchesWithin(1, 'new', () => 'new', 0.1)).toBe(1);
  expect(await fetchesWithin(1, 'new', () => 'new', 0.9)).toBe(0);
});

test('a fetch that fails is tried again, and one that was given up is not', async () => {
  let fetches = 0;
  const stop = new AbortController();
  const hear = keepNames(
    'old',
    async () => {
      fetches++;
      throw new TypeError('offline');
    },
    stop.signal,
  );
  for (let second = 0; second < 60; second++) {
    hear('new');
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(fetches).toBeGreaterThan(1);
  const before = fetches;
  stop.abort();
  hear('new');
  await vi.advanceTimersByTimeAsync(600_000);
  expect(fetches).toBe(before);
});
