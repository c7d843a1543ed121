import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Schedule } from './schedule.ts';

const forever = new AbortController().signal;

test('items come out in the order they are due, each once, as of the time it was put last', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(1000)), { maxLength: 200 }), (puts) => {
      const schedule = new Schedule<number>();
      for (const [item, dueAtMs] of puts) schedule.put(item, dueAtMs);
      const taken: { item: number; dueAtMs: number }[] = [];
      for (let next = schedule.take(1000); next; next = schedule.take(1000)) taken.push(next);
      const latest = new Map(puts);
      expect(taken.map(({ dueAtMs }) => dueAtMs)).toEqual([...latest.values()].sort((a, b) => a - b));
      expect(new Map(taken.map(({ item, dueAtMs }) => [item, dueAtMs]))).toEqual(latest);
    }),
  );
});

test('nothing comes out before it is due', () => {
  const schedule = new Schedule<string>();
  schedule.put('later', 100);
  expect(schedule.take(99)).toBeUndefined();
  expect(schedule.take(100)?.item).toBe('later');
  expect(schedule.size).toBe(0);
});

test('hasten brings a waiting item forward, and leaves one alone that is being worked on', () => {
  const schedule = new Schedule<string>();
  schedule.put('waiting', 100);
  schedule.hasten('waiting', 50);
  schedule.hasten('waiting', 80);
  schedule.hasten('taken', 10);
  expect(schedule.take(60)).toEqual({ item: 'waiting', dueAtMs: 50 });
  expect(schedule.take(1000)).toBeUndefined();
});

test('waiting ends when something is put that is due before everything else', async () => {
  const schedule = new Schedule<string>();
  schedule.put('in an hour', performance.now() + 3_600_000);
  const waited = schedule.waitForDue(3_600_000, forever);
  schedule.put('now', performance.now());
  await waited;
  expect(schedule.take(performance.now())?.item).toBe('now');
});

test('waiting ends with the signal', async () => {
  const stop = new AbortController();
  const waited = new Schedule<string>().waitForDue(3_600_000, stop.signal);
  stop.abort();
  await waited;
});
