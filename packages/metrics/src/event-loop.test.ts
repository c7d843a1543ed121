import { expect, test } from 'vitest';
import { eventLoopCheck } from './event-loop.ts';

const { signal } = new AbortController();

test('passes while the event loop turns', async () => {
  await expect(eventLoopCheck(60_000).run(signal)).resolves.toBeUndefined();
});

test('fails when something keeps the event loop busy for longer than allowed', async () => {
  const checked = Promise.resolve(eventLoopCheck(50).run(signal));
  const until = performance.now() + 120;
  while (performance.now() < until);
  await expect(checked).rejects.toThrow(/the event loop is \d+ ms late/);
});
