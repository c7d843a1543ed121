import { randomBytes } from 'node:crypto';
import { hasVehicleIds } from '@velolog/gbfs/feeds';
import type { ChangesOptions } from '@velolog/store/changes/publish-changes';
import { storeSettings } from '@velolog/store/config';
import type { StoreContext } from '@velolog/store/intake/store-records';
import type { Migration } from '@velolog/store/migrate/migrations';
import { type StoreWorker, startStore } from '@velolog/store/worker';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import type { Admin, Kafka } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { ZSTD } from '@velolog/stream/kafka/zstd';
import { encodePoll, type PollRecord } from '@velolog/stream/poll-record';
import { ensureTopics, topicNames, topicsOfFeed } from '@velolog/stream/topics';
import { createLogger, type Logger } from '@velolog/worker/logger';
import { readSettings } from '@velolog/worker/settings';
import { inject } from 'vitest';
import type { TestDatabase } from '../servers/test-database.ts';

/** Topics of one test on the Kafka of the run. */
export type TestTopics = AsyncDisposable & {
  names: { pollsTopic: string; deadLettersTopic: string };
  /** The topic for bodies with vehicle ids. */
  vehiclePollsTopic: string;
  kafka: Kafka;
  admin: Admin;
  /** Creates both again, for a test that has deleted them. */
  create(partitions?: number): Promise<void>;
  publish(polls: PollRecord[]): Promise<void>;
  /** Where each partition ends now, in the topic of polls or in `topic`. */
  ends(topic?: string): Promise<Map<number, bigint>>;
};

export async function createTestTopics(partitions: number): Promise<TestTopics> {
  const run = randomBytes(6).toString('hex');
  const names = { pollsTopic: `polls-${run}`, deadLettersTopic: `dead-${run}` };
  const allNames = topicNames(names);
  const { vehiclePollsTopic } = allNames;
  const topicOf = ({ feed }: PollRecord) =>
    topicsOfFeed(allNames, { hasVehicleIds: hasVehicleIds(feed) }).polls;
  const settings = kafkaSettings.parse({
    KAFKA_BROKERS: inject('brokers'),
    KAFKA_TOPIC_PARTITIONS: String(partitions),
  });
  const kafka = createKafka(settings, { clientId: 'test' });
  const create = (anew = partitions) => ensureTopics(kafka, { ...settings, partitions: anew, ...names });
  await create();
  const admin = kafka.admin();
  const producer = createProducer(kafka);
  await Promise.all([admin.connect(), producer.connect()]);
  return {
    names,
    vehiclePollsTopic,
    kafka,
    admin,
    create,
    publish: async (polls) => {
      for (let from = 0; from < polls.length; from += 15) {
        const polled = polls.slice(from, from + 15);
        const topicMessages = [names.pollsTopic, vehiclePollsTopic]
          .map((topic) => ({
            topic,
            messages: polled.filter((poll) => topicOf(poll) === topic).map(encodePoll),
          }))
          .filter(({ messages }) => messages.length > 0);
        await producer.sendBatch({ topicMessages, compression: ZSTD });
      }
    },
    ends: async (topic = names.pollsTopic) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
    },
    [Symbol.asyncDispose]: async () => {
      await admin.deleteTopics({ topics: Object.values(allNames) });
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
  };
}

export type TestWorker = StoreWorker & { stop(): Promise<void> };

/** The whole store worker, in this process. */
export async function startTestWorker(
  database: Pick<TestDatabase, 'url'>,
  topics: Pick<TestTopics, 'names'>,
  options: {
    group?: string;
    passing?: StoreContext['passing'];
    publishing?: ChangesOptions['passing'];
    log?: Logger;
    statementTimeoutMs?: number;
    asideAfterMs?: number;
    migrations?: Migration[];
    env?: Record<string, string>;
    changesTopic?: string;
  } = {},
): Promise<TestWorker> {
  const stopping = new AbortController();
  const settings = readSettings(storeSettings, {
    KAFKA_BROKERS: inject('brokers'),
    // A group belongs to the whole broker, a topic to one test.
    KAFKA_GROUP_ID: `${topics.names.pollsTopic}-${options.group ?? 'store'}`,
    // The minimum that brokers allow: how long a silent worker keeps its partitions.
    KAFKA_SESSION_TIMEOUT_SECONDS: '6',
    DATABASE_URL: database.url,
    ...options.env,
  });
  const worker = await startStore(settings, {
    log: options.log ?? silentLog(),
    signal: stopping.signal,
    ...topics.names,
    ...(options.passing && { passing: options.passing }),
    ...(options.publishing && { publishing: options.publishing }),
    ...(options.statementTimeoutMs && { statementTimeoutMs: options.statementTimeoutMs }),
    ...(options.asideAfterMs && { asideAfterMs: options.asideAfterMs }),
    ...(options.changesTopic && { changesTopic: options.changesTopic }),
    ...(options.migrations && { migrations: options.migrations }),
  });
  return {
    ...worker,
    stop: async () => {
      stopping.abort();
      await worker.stopped;
    },
  };
}

export function silentLog(): Logger {
  const log = createLogger('test');
  log.level = 'silent';
  return log;
}
