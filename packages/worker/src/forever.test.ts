import { expect, test } from 'vitest';
import { forever } from './forever.ts';

const silent = { warn: () => {} };

test('it goes on after a failure, which it says, and ends only when the run at hand is over', async () => {
  const ending = new AbortController();
  const said: unknown[] = [];
  const atWork = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let runs = 0;
  let isOver = false;
  const done = forever(
    0.001,
    async () => {
      runs += 1;
      if (runs === 1) throw new Error('no luck');
      atWork.resolve();
      await release.promise;
      isOver = true;
    },
    { what: 'try it', signal: ending.signal, log: { warn: (_details, message) => said.push(message) } },
  );
  await atWork.promise;
  ending.abort();
  release.resolve();
  await done;
  expect([runs, isOver, said]).toEqual([2, true, ['Cannot try it, trying again in 0.001 s']]);
});

test('one that is stopped while it waits ends at once', async () => {
  const ending = new AbortController();
  let runs = 0;
  const done = forever(
    3600,
    async () => {
      runs += 1;
      queueMicrotask(() => ending.abort());
    },
    { what: 'wait', signal: ending.signal, log: silent },
  );
  await done;
  expect(runs).toBe(1);
});

test('a failure because of the stop is not reported', async () => {
  const ending = new AbortController();
  const said: unknown[] = [];
  await forever(
    3600,
    () => {
      ending.abort();
      return Promise.reject(new Error('aborted'));
    },
    { what: 'go on', signal: ending.signal, log: { warn: (_details, message) => said.push(message) } },
  );
  expect(said).toEqual([]);
});
