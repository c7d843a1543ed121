import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createLogger } from '@velolog/metrics/logger';
import { readSettings } from '@velolog/metrics/settings';
import { storeSettings } from '@velolog/store/config';
import type { StoreContext } from '@velolog/store/store-records';
import { type StoreWorker, startStore } from '@velolog/store/worker';
import { createKafka } from '@velolog/stream/client';
import { kafkaSettings } from '@velolog/stream/kafka-settings';
import { encodePoll } from '@velolog/stream/poll-record';
import { createProducer } from '@velolog/stream/producer';
import { ensureTopics } from '@velolog/stream/topics';
import { ZSTD } from '@velolog/stream/zstd';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { randomPolls } from '../random-polls.ts';
import { readTableRows } from '../table-rows.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

const seed = Number(process.env.SEED ?? Date.now() % 100_000);
const PARTITIONS = 4;
const run = randomBytes(4).toString('hex');
const topics = { pollsTopic: `polls-${run}`, deadLettersTopic: `dead-${run}` };
const log = createLogger('test');
log.level = 'silent';

let reference: Record<string, string[]>;
let lastOffsets: Map<number, bigint>;

type Worker = StoreWorker & { stop(): Promise<void> };

async function startWorker(
  database: TestDatabase,
  group: string,
  passing?: StoreContext['passing'],
): Promise<Worker> {
  const stopping = new AbortController();
  const settings = readSettings(storeSettings, {
    KAFKA_BROKERS: inject('brokers'),
    KAFKA_GROUP_ID: group,
    DATABASE_URL: database.url,
  });
  const worker = await startStore(settings, {
    log,
    signal: stopping.signal,
    ...topics,
    ...(passing && { passing }),
  });
  return {
    ...worker,
    stop: async () => {
      stopping.abort();
      await worker.stopped;
    },
  };
}

/** Waits until the database has every record of the topic. */
async function caughtUp(database: TestDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    for (;;) {
      const { rows } = await client.query('select partition, next_offset from velolog.kafka_position');
      const at = new Map(rows.map((row) => [row.partition, BigInt(row.next_offset)]));
      if ([...lastOffsets].every(([partition, last]) => (at.get(partition) ?? 0n) > last)) return;
      await wait(100);
    }
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  console.log(`exactly once: SEED=${seed}`);
  const settings = kafkaSettings.parse({
    KAFKA_BROKERS: inject('brokers'),
    KAFKA_TOPIC_PARTITIONS: String(PARTITIONS),
  });
  const kafka = createKafka(settings, { clientId: 'test' });
  await ensureTopics(kafka, { ...settings, ...topics });
  const producer = createProducer(kafka);
  await producer.connect();
  lastOffsets = new Map();
  const polls = randomPolls(seed, { systems: 9, polls: 40, stations: 12 });
  for (let from = 0; from < polls.length; from += 15) {
    const messages = polls.slice(from, from + 15).map(encodePoll);
    for (const { partition, baseOffset } of await producer.send({
      topic: topics.pollsTopic,
      messages,
      compression: ZSTD,
    })) {
      lastOffsets.set(partition, BigInt(baseOffset ?? 0));
    }
  }
  await producer.disconnect();
  const database = await createTestDatabase();
  const worker = await startWorker(database, `reference-${run}`);
  await caughtUp(database);
  await worker.stop();
  reference = await readTableRows(database.url);
  await database.drop();
});

describe('the tables equal those of a run without faults, row for row', () => {
  test('the run without faults has something to compare', () => {
    expect(reference.station_status?.length).toBeGreaterThan(300);
    expect(reference.station_absence?.length).toBeGreaterThan(5);
    expect(new Set(reference.coverage?.map((row) => row.split(',').at(-1)))).toEqual(
      new Set(['observed)', 'failed)', 'empty)', 'undecodable)']),
    );
  });

  test.each(['before_transaction', 'in_transaction', 'after_commit'] as const)(
    'when the worker fails again and again at the point %s',
    async (point) => {
      const database = await createTestDatabase();
      let passed = 0;
      let failed = 0;
      const worker = await startWorker(database, `${point}-${run}`, (at) => {
        if (at !== point) return;
        passed += 1;
        if (passed % 2 === 1) {
          failed += 1;
          throw new Error(`made to fail at ${point}`);
        }
      });
      await caughtUp(database);
      await worker.stop();
      expect(failed).toBeGreaterThan(1);
      expect(await readTableRows(database.url)).toEqual(reference);
      await database.drop();
    },
  );

  test('when two workers share the partitions, one joins in the middle of a batch, and the first leaves without a word', async () => {
    const database = await createTestDatabase();
    const group = `shared-${run}`;
    const held = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    // The first worker stands still inside a transaction's reach until the second has taken part.
    const first = await startWorker(database, group, async (at) => {
      if (at !== 'before_transaction') return;
      reached.resolve();
      await held.promise;
    });
    await reached.promise;
    const second = await startWorker(database, group);
    held.resolve();
    await caughtUp(database);
    await Promise.all([first.stop(), second.stop()]);
    expect(await readTableRows(database.url)).toEqual(reference);
    await database.drop();
  });

  test('when every record is read again because the group has lost its offsets', async () => {
    const database = await createTestDatabase();
    for (const group of [`once-${run}`, `again-${run}`]) {
      const worker = await startWorker(database, group);
      await caughtUp(database);
      await worker.stop();
    }
    expect(await readTableRows(database.url)).toEqual(reference);
    await database.drop();
  });
});

afterAll(async () => {
  const admin = createKafka(kafkaSettings.parse({ KAFKA_BROKERS: inject('brokers') }), {
    clientId: 'test',
  }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: Object.values(topics) });
  await admin.disconnect();
});
