import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HostAskedToWait, HostLimits } from './host-limits.ts';

const { signal } = new AbortController();
const limits = (requestsAtOnceMax: number, requestsPerSecondMax: number) =>
  new HostLimits({ requestsAtOnceMax, requestsPerSecondMax });

test('a host sees no more than so many requests at once, in the order they came', async () => {
  const hosts = limits(2, 10_000);
  const started: number[] = [];
  let running = 0;
  let most = 0;
  const request = (number: number) => async () => {
    started.push(number);
    most = Math.max(most, ++running);
    await wait(5);
    running--;
  };
  await Promise.all([1, 2, 3, 4, 5, 6].map((number) => hosts.run('a', request(number), { signal })));
  expect(most).toBe(2);
  expect(started).toEqual([1, 2, 3, 4, 5, 6]);
});

test('starts at one host are spaced, also when answers come at once', async () => {
  const hosts = limits(2, 50);
  const startedAtMs: number[] = [];
  const request = async () => void startedAtMs.push(performance.now());
  // From when they were asked for: the first may itself be late on a busy machine, and the others keep to their turns.
  const askedAtMs = performance.now();
  await Promise.all(Array.from({ length: 6 }, () => hosts.run('a', request, { signal })));
  // Timers may fire a millisecond early.
  expect((startedAtMs.at(-1) as number) - askedAtMs).toBeGreaterThan(5 * 20 - 2);
});

test('hosts do not wait for each other', async () => {
  const hosts = limits(1, 10_000);
  const { promise: never } = Promise.withResolvers<void>();
  void hosts.run('hangs', () => never, { signal });
  expect(await hosts.run('other', async () => 'answer', { signal })).toBe('answer');
});

test('feeds that timed out before hold one slot of their host at most', async () => {
  const hosts = limits(2, 10_000);
  const { promise: never } = Promise.withResolvers<void>();
  for (let i = 0; i < 5; i++) void hosts.run('a', () => never, { signal, doubtful: true });
  expect(await hosts.run('a', async () => 'answer', { signal })).toBe('answer');
});

test('a waiting request can give up, and does not take a turn', async () => {
  const hosts = limits(1, 10_000);
  const first = Promise.withResolvers<void>();
  const stop = new AbortController();
  const running = hosts.run('a', () => first.promise, { signal });
  const waiting = hosts.run('a', () => expect.unreachable(), { signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  first.resolve();
  await running;
});

test('a request that fails frees its slot', async () => {
  const hosts = limits(1, 10_000);
  const fails = () => Promise.reject(new Error('no'));
  await expect(hosts.run('a', fails, { signal })).rejects.toThrow('no');
  expect(await hosts.run('a', async () => 'answer', { signal })).toBe('answer');
});

test('hosts of one registrable domain share its slots, also on other ports', async () => {
  const hosts = limits(1, 10_000);
  const first = Promise.withResolvers<void>();
  const running = hosts.run('a.bikes.example', () => first.promise, { signal });
  const started: string[] = [];
  const waiting = hosts.run('b.bikes.example:8080', async () => started.push('b'), { signal });
  expect(await hosts.run('other.example', async () => 'answer', { signal })).toBe('answer');
  expect(started).toEqual([]);
  first.resolve();
  await Promise.all([running, waiting]);
  expect(started).toEqual(['b']);
});

test('a host that asked to wait gets no request, not even one that waits for its turn; other hosts do', async () => {
  const hosts = limits(1, 10_000);
  const first = Promise.withResolvers<void>();
  const running = hosts.run('a.bikes.example', () => first.promise, { signal });
  const refused = ['a.bikes.example:444', 'a.bikes.example'].map((host) =>
    hosts.run(host, () => expect.unreachable(), { signal }),
  );
  hosts.askToWait('a.bikes.example', 600);
  hosts.askToWait('a.bikes.example', 5);
  first.resolve();
  const [, ...answers] = await Promise.allSettled([running, ...refused]);
  for (const answer of answers) {
    expect(answer).toMatchObject({ reason: { reason: 'retry_after', seconds: expect.closeTo(600, -1) } });
    expect((answer as PromiseRejectedResult).reason).toBeInstanceOf(HostAskedToWait);
  }
  expect(await hosts.run('b.bikes.example', async () => 'answer', { signal })).toBe('answer');
});
