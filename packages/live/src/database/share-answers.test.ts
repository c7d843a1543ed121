import { expect, test, vi } from 'vitest';
import { shareAnswers } from './share-answers.ts';

test('concurrent requests share one reading, each key its own; later ones read again', async () => {
  vi.useFakeTimers();
  let reads = 0;
  const ask = shareAnswers(async (key: string) => `${key}${++reads}`, 1_000);
  expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual(['a1', 'a1', 'b2']);
  expect(await ask('a')).toBe('a1');
  vi.advanceTimersByTime(1_001);
  expect(await ask('a')).toBe('a3');
  vi.useRealTimers();
});

test('a failure is not kept', async () => {
  let fails = true;
  const ask = shareAnswers(async () => {
    if (fails) throw new Error('away');
    return 'back';
  }, 60_000);
  await expect(Promise.all([ask('a'), ask('a')])).rejects.toThrow('away');
  fails = false;
  expect(await ask('a')).toBe('back');
});
