import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type CheckedHistory, checkHistory } from '@velolog/cli/history/check-history';
import { forgetSystem } from '@velolog/cli/history/forget-system';
import type { HistoryRecord } from '@velolog/cli/history/history-file';
import { type ImportResult, importRecords } from '@velolog/cli/history/import-history';
import { storeSettings } from '@velolog/store/config';
import { startStore } from '@velolog/store/worker';
import { createKafka } from '@velolog/stream/kafka/client';
import { createProducer } from '@velolog/stream/kafka/producer';
import { ZSTD } from '@velolog/stream/kafka/zstd';
import { encodePoll, type PollRecord } from '@velolog/stream/poll-record';
import { createLogger } from '@velolog/worker/logger';
import { readSettings } from '@velolog/worker/settings';
import pg from 'pg';
import { inject } from 'vitest';
import { createTestDatabase } from '../servers/test-database.ts';

export type ImportPipeline = {
  /** Does with these files what `velolog import` does. */
  importFiles(system: string, ...files: string[]): Promise<ImportResult>;
  /** The same with --feed. */
  importFeed(feed: string, system: string, ...files: string[]): Promise<ImportResult>;
  /** The same with records from `read` instead of files. */
  importMade(
    system: string,
    history: CheckedHistory,
    read: () => AsyncIterable<HistoryRecord>,
  ): Promise<ImportResult>;
  /** Sends polls to Kafka, as ingest does. */
  publish(polls: PollRecord[]): Promise<void>;
  /** Does what `velolog forget` does after its question. */
  forget(system: string): Promise<boolean>;
  /**
   * A new store worker with a new, empty database reads the topic from start to end; then `look` is called with the
   * database.
   */
  rebuild(look: (databaseUrl: string) => Promise<void>): Promise<void>;
  /** The first `count` dead letters: the system of the record, the reason, and the body. */
  deadLetters(count: number): Promise<DeadLetterSeen[]>;
  databaseUrl: string;
  /** Connects as velolog_reader. */
  readerUrl: string;
  stop(): Promise<void>;
};

export type DeadLetterSeen = { system_id: string; reason: string; body: string };

/** Real store workers with their own database and topics, to import into. */
export async function startImportPipeline({
  workers = 1,
  prepare = async () => {},
}: {
  workers?: number;
  /** Called with the database before the store starts. */
  prepare?: (databaseUrl: string) => Promise<void>;
} = {}): Promise<ImportPipeline> {
  const run = randomBytes(4).toString('hex');
  const topics = { pollsTopic: `import-${run}`, deadLettersTopic: `import-dead-${run}` };
  const database = await createTestDatabase();
  await prepare(database.url);
  const settings = readSettings(storeSettings, {
    KAFKA_BROKERS: inject('brokers'),
    KAFKA_GROUP_ID: `import-${run}`,
    KAFKA_TOPIC_PARTITIONS: '2',
    DATABASE_URL: database.url,
  });
  const log = createLogger('test');
  log.level = 'silent';
  const stopping = new AbortController();
  const stores = await Promise.all(
    Array.from({ length: workers }, () => startStore(settings, { log, signal: stopping.signal, ...topics })),
  );
  const importOptions = {
    kafka: settings,
    databaseUrl: database.url,
    topic: topics.pollsTopic,
    deadLettersTopic: topics.deadLettersTopic,
    onProgress: () => {},
    onStall: () => {},
    signal: stopping.signal,
  };
  const importFeed = async (feed: string, system: string, ...files: string[]) =>
    importRecords({ ...importOptions, history: await checkHistory(files, feed), system, feed });
  return {
    importFiles: (system, ...files) => importFeed('station_status', system, ...files),
    importFeed,
    importMade: (system, history, read) =>
      importRecords({ ...importOptions, history, read, system, feed: 'station_status' }),
    publish: async (polls) => {
      const producer = createProducer(createKafka(settings, { clientId: 'test' }));
      await producer.connect();
      const messages = polls.map(encodePoll);
      await producer.send({ topic: topics.pollsTopic, messages, compression: ZSTD });
      await producer.disconnect();
    },
    forget: async (system) => {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      const { pollsTopic: topic } = topics;
      const { signal } = stopping;
      return await forgetSystem({
        client,
        kafka: settings,
        system,
        topic,
        onStall: () => {},
        signal,
      }).finally(() => client.end());
    },
    rebuild: async (look) => {
      const empty = await createTestDatabase();
      const ends = await readPositions(database.url);
      const again = new AbortController();
      const group = { KAFKA_GROUP_ID: `rebuild-${run}`, DATABASE_URL: empty.url };
      const rebuilt = await startStore({ ...settings, ...group }, { log, signal: again.signal, ...topics });
      while (!isDeepStrictEqual(await readPositions(empty.url), ends)) await wait(50);
      await look(empty.url);
      again.abort();
      await rebuilt.stopped;
      await empty.drop();
    },
    deadLetters: (count) => readDeadLetters(topics.deadLettersTopic, count),
    databaseUrl: database.url,
    readerUrl: database.readerUrl,
    stop: async () => {
      stopping.abort();
      await Promise.all(stores.map(({ stopped }) => stopped));
      await database.drop();
    },
  };
}

/** By topic and partition. */
async function readPositions(databaseUrl: string): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    'select topic, partition, next_offset from velolog.kafka_position where next_offset > 0',
  );
  await client.end();
  return new Map(rows.map(({ topic, partition, next_offset }) => [`${topic}/${partition}`, next_offset]));
}

async function readDeadLetters(topic: string, count: number): Promise<DeadLetterSeen[]> {
  const kafka = createKafka(
    readSettings(storeSettings, {
      KAFKA_BROKERS: inject('brokers'),
      DATABASE_URL: inject('databaseUrl'),
    }),
    { clientId: 'corpus-test' },
  );
  const consumer = kafka.consumer({ groupId: `${topic}-reader`, maxWaitTimeInMs: 200 });
  const letters: DeadLetterSeen[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { key, value, headers } }) => {
      letters.push({
        system_id: key?.toString() ?? '',
        reason: headers?.dlreason?.toString() ?? '',
        body: value?.toString() ?? '',
      });
      if (letters.length >= count) resolve();
    },
  });
  await promise;
  await consumer.disconnect();
  return letters;
}
