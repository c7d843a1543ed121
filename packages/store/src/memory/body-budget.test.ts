import { setImmediate as turn } from 'node:timers/promises';
import type { EachBatchPayload, KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { expect, test } from 'vitest';
import { openTestStore } from '../../../../test/workers/test-store.ts';
import { type ConsumeOptions, noCare, type OwnPartition } from '../intake/consume-options.ts';
import { storeChunk } from '../intake/store-chunk.ts';
import { startPosition } from '../tables/kafka-position.ts';
import { bodyBudget } from './body-budget.ts';

const MAX = 12;
const LARGE = 4;

type Held = { bytes: number; started: boolean; done: Promise<void>; end: (error?: Error) => void };

/** Work of so many bytes, which goes on until it is ended. */
function hold(budget: ReturnType<typeof bodyBudget>, bytes: number): Held {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const held: Held = {
    bytes,
    started: false,
    done: Promise.resolve(),
    end: (error) => (error ? reject(error) : resolve()),
  };
  held.done = budget.hold(bytes, () => {
    held.started = true;
    return promise;
  });
  return held;
}

/** The bytes of those that have been started, in the order they came. */
async function started(all: Held[]): Promise<number[]> {
  await turn();
  return all.filter((one) => one.started).map(({ bytes }) => bytes);
}

test('bodies are taken as long as they fit together, then in the order they came', async () => {
  const budget = bodyBudget(MAX, LARGE);
  const all = [4, 4, 3, 2, 1].map((bytes) => hold(budget, bytes));
  // The last would fit, and waits for the one before it: else a stream of small ones would keep that out for ever.
  expect(await started(all)).toEqual([4, 4, 3]);
  all[2]?.end();
  expect(await started(all)).toEqual([4, 4, 3, 2, 1]);
});

test('large bodies go one by one, and neither wait for small ones nor hold them up', async () => {
  const budget = bodyBudget(MAX, LARGE);
  const small = [4, 4, 4].map((bytes) => hold(budget, bytes));
  const large = [5, 500].map((bytes) => hold(budget, bytes));
  expect(await started(small)).toEqual([4, 4, 4]);
  expect(await started(large)).toEqual([5]);
  small[0]?.end();
  expect(await started([...small, hold(budget, 2)])).toEqual([4, 4, 4, 2]);
  large[0]?.end();
  expect(await started(large)).toEqual([5, 500]);
});

test('failed work releases what it had taken, and its error is reported', async () => {
  const budget = bodyBudget(MAX, LARGE);
  const failing = [4, 4, 4, 5].map((bytes) => hold(budget, bytes));
  const next = [4, 6].map((bytes) => hold(budget, bytes));
  expect(await started(next)).toEqual([]);
  failing[0]?.end(new Error('no database'));
  failing[3]?.end(new Error('no database'));
  await expect(failing[0]?.done).rejects.toThrow('no database');
  await expect(failing[3]?.done).rejects.toThrow('no database');
  expect(await started(next)).toEqual([4, 6]);
});

test('no more than 12 MiB of bodies are stored at once, over all partitions of both topics', async () => {
  await using store = await openTestStore();
  const body = {
    data: { stations: [{ station_id: 'a', num_bikes_available: 1 }] },
    pad: 'x'.repeat(4_100_000),
  };
  const partitions = Array.from(
    { length: 8 },
    (_, index): OwnPartition => ({
      ...store.state,
      topic: index % 2 === 0 ? 'polls' : 'vehicle-polls',
      partition: 1 + index,
      systems: new Map(),
      sought: null,
      generation: 0,
      care: noCare(),
    }),
  );
  for (const state of partitions) await startPosition(store.context.pool, state, 0n);
  let inFlight = 0;
  let mostInFlight = 0;
  let others: Promise<unknown> = Promise.resolve();
  const context = {
    ...store.context,
    passing: async (point: string) => {
      if (point === 'after_commit') inFlight -= 1;
      if (point !== 'before_transaction') return;
      inFlight += 1;
      mostInFlight = Math.max(mostInFlight, inFlight);
      // Time for the others to come here, if they may.
      others = others.then(() => store.ask('select pg_sleep(0.05)'));
      await others;
    },
  };
  const options = { context } as unknown as ConsumeOptions;
  await Promise.all(
    partitions.map(async (state, index) => {
      const message = store.message({ system_id: `system-${index}`, second: 60, body }) as KafkaMessage;
      await storeChunk(options, state, {} as EachBatchPayload, [message], BigInt(message.offset) + 1n);
    }),
  );
  expect(mostInFlight).toBe(3);
  expect((await store.ask('select count(*)::int as systems from velolog.system'))[0]).toEqual({ systems: 8 });
});
