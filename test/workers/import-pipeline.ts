import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type CheckedHistory, checkHistory } from '@velolog/cli/history/check-history';
import { forgetSystem } from '@velolog/cli/history/forget-system';
import type { HistoryRecord } from '@velolog/cli/history/history-file';
import { type ImportResult, importRecords } from '@velolog/cli/history/import-history';
import { type StoreSettings, storeSettings } from '@velolog/store/config';
import { startStore } from '@velolog/store/worker';
import { createKafka } from '@velolog/stream/kafka/client';
import { createProducer } from '@velolog/stream/kafka/producer';
import { ZSTD } from '@velolog/stream/kafka/zstd';
import { encodePoll, type PollRecord } from '@velolog/stream/poll-record';
import { readSettings } from '@velolog/worker/settings';
import { inject } from 'vitest';
import { createTestDatabase } from '../servers/test-database.ts';
import { withClient } from '../servers/with-client.ts';
import { silentLog } from './test-worker.ts';

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
  const stopping = new AbortController();
  const stores = await Promise.all(
    Array.from({ length: workers }, () =>
      startStore(settings, { log: silentLog(), signal: stopping.signal, ...topics }),
    ),
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
    publish: (polls) => publish(settings, topics.pollsTopic, polls),
    forget: (system) => forget(settings, system, topics.pollsTopic, stopping.signal),
    rebuild: (look) => rebuild(settings, topics, look),
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

type Topics = { pollsTopic: string; deadLettersTopic: string };

async function publish(settings: StoreSettings, topic: string, polls: PollRecord[]): Promise<void> {
  const producer = createProducer(createKafka(settings, { clientId: 'test' }));
  await producer.connect();
  await producer.send({ topic, messages: polls.map(encodePoll), compression: ZSTD });
  await producer.disconnect();
}

async function forget(
  settings: StoreSettings,
  system: string,
  topic: string,
  signal: AbortSignal,
): Promise<boolean> {
  return await withClient(settings.DATABASE_URL, (client) =>
    forgetSystem({ client, kafka: settings, system, topic, onStall: () => {}, signal }),
  );
}

async function rebuild(
  settings: StoreSettings,
  topics: Topics,
  look: (databaseUrl: string) => Promise<void>,
): Promise<void> {
  const empty = await createTestDatabase();
  const ends = await readPositions(settings.DATABASE_URL);
  const stopping = new AbortController();
  const again = { ...settings, KAFKA_GROUP_ID: `rebuild-${topics.pollsTopic}`, DATABASE_URL: empty.url };
  const rebuilt = await startStore(again, { log: silentLog(), signal: stopping.signal, ...topics });
  while (!isDeepStrictEqual(await readPositions(empty.url), ends)) await wait(50);
  await look(empty.url);
  stopping.abort();
  await rebuilt.stopped;
  await empty.drop();
}

/** By topic and partition. */
async function readPositions(databaseUrl: string): Promise<Map<string, string>> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query('select topic, partition, next_offset from velolog.kafka_position where next_offset > 0'),
  );
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
