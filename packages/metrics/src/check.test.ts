import { expect, test } from 'vitest';
import { runChecks } from './check.ts';

test('checks run at once: each of these waits for the other', async () => {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const results = await runChecks([
    {
      name: 'first',
      run: () => {
        second.resolve();
        return first.promise;
      },
    },
    {
      name: 'second',
      run: () => {
        first.resolve();
        return second.promise;
      },
    },
  ]);
  expect(results).toEqual([
    { name: 'first', failure: undefined },
    { name: 'second', failure: undefined },
  ]);
});

test('a check fails by throwing, at once or later, and only itself', async () => {
  const results = await runChecks([
    {
      name: 'sync',
      run: () => {
        throw new Error('no\n  database');
      },
    },
    { name: 'async', run: async () => Promise.reject('text') },
    { name: 'fine', run: () => {} },
  ]);
  expect(results.map(({ failure }) => failure)).toEqual(['no database', 'text', undefined]);
});

test('a check that does not answer fails at the deadline, also when it ignores its signal, and the signal is aborted', async () => {
  const signals: AbortSignal[] = [];
  const results = await runChecks(
    [
      {
        name: 'deaf',
        run: (signal) => {
          signals.push(signal);
          return new Promise<void>(() => {});
        },
      },
      {
        name: 'polite',
        run: (signal) =>
          new Promise<void>((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')));
          }),
      },
    ],
    20,
  );
  expect(results.map(({ failure }) => failure)).toEqual([
    'no answer within 0.02 s',
    'no answer within 0.02 s',
  ]);
  expect(signals[0]?.aborted).toBe(true);
});
