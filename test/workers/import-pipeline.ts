import { randomBytes } from 'node:crypto';
import { checkHistory } from '@velolog/cli/history/check-history';
import { type ImportResult, importRecords } from '@velolog/cli/history/import-history';
import { storeSettings } from '@velolog/store/config';
import { startStore } from '@velolog/store/worker';
import { createKafka } from '@velolog/stream/kafka/client';
import { createLogger } from '@velolog/worker/logger';
import { readSettings } from '@velolog/worker/settings';
import { inject } from 'vitest';
import { createTestDatabase } from '../servers/test-database.ts';

export type ImportPipeline = {
  /** What `velolog import` does with these files. */
  importFiles(system: string, ...files: string[]): Promise<ImportResult>;
  /** The same with --feed. */
  importFeed(feed: string, system: string, ...files: string[]): Promise<ImportResult>;
  /** The first `count` dead letters: whose record it was, why it is there, and its body. */
  deadLetters(count: number): Promise<DeadLetterSeen[]>;
  databaseUrl: string;
  /** As velolog_reader. */
  readerUrl: string;
  stop(): Promise<void>;
};

export type DeadLetterSeen = { system_id: string; reason: string; body: string };

/** A real store worker on a database and topics of its own, to import into. */
export async function startImportPipeline({
  prepare = async () => {},
}: {
  /** Done to the database before the store starts. */
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
  const store = await startStore(settings, { log, signal: stopping.signal, ...topics });
  const importFeed = async (feed: string, system: string, ...files: string[]) =>
    importRecords({
      history: await checkHistory(files, feed),
      system,
      feed,
      kafka: settings,
      databaseUrl: database.url,
      topic: topics.pollsTopic,
      deadLettersTopic: topics.deadLettersTopic,
      onProgress: () => {},
      onStall: () => {},
      signal: stopping.signal,
    });
  return {
    importFiles: (system, ...files) => importFeed('station_status', system, ...files),
    importFeed,
    deadLetters: (count) => readDeadLetters(topics.deadLettersTopic, count),
    databaseUrl: database.url,
    readerUrl: database.readerUrl,
    stop: async () => {
      stopping.abort();
      await store.stopped;
      await database.drop();
    },
  };
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
