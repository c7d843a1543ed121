import { encodeChange } from '@velolog/stream/change-record';
import { ensureChangesTopic } from '@velolog/stream/changes-topic';
import { GZIP } from '@velolog/stream/kafka/codecs';
import { isTopicGone } from '@velolog/stream/kafka/kafka-error';
import type { Kafka, Message, Producer } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { backOff } from '@velolog/worker/back-off';
import { forever } from '@velolog/worker/forever';
import type { Log } from '@velolog/worker/log';
import type { CommonQueryMethods, DatabasePool } from 'slonik';
import type { StoreMetrics } from '../metrics.ts';
import {
  addSystems,
  beginPublishing,
  lockBehind,
  type Mark,
  markPublished,
  readBehind,
  readUnpublished,
  unlock,
} from './published-changes.ts';

export type ChangesOptions = {
  pool: DatabasePool;
  kafka: Kafka;
  topic: string;
  partitions: number;
  replicationFactor: number;
  metrics: Pick<StoreMetrics, 'changes_published_total' | 'changes_current_timestamp_seconds'>;
  log: Pick<Log, 'warn'>;
  signal: AbortSignal;
  /** Called with the worker's current point, so that a test can make it fail there. */
  passing?: ((point: 'before_mark') => Promise<void> | void) | undefined;
};

const PAUSE_SECONDS = 0.5;
/** Retry times while Kafka or PostgreSQL is away. */
const RETRY_MS = { first: 1_000, longest: 30_000 };
/** One worker keeps these systems to itself until Kafka has their changes. */
const SYSTEMS_AT_ONCE = 20;
/** After an outage each system may have many events; whatever exceeds this number waits for the next round. */
const EVENTS_AT_ONCE = 10_000;
/** About 400 kB before compression: every broker accepts a batch of that size. */
const EVENTS_PER_REQUEST = 500;

/**
 * Publishes the changes of stations after they were committed. What remains to be published is not kept in memory but
 * queried: `published_to` of a system is compared with what is stored of it, with the SQL that everybody uses
 * (api.station_change_since). So a kill at any moment loses nothing; a kill between Kafka's answer and the mark sends
 * the same events again, with the same ids. Any worker publishes any system, even one that another worker stores: a
 * session lock keeps two workers from publishing the same one.
 */
export function publishChangesForever(options: ChangesOptions): Promise<void> {
  const { kafka, topic, partitions, replicationFactor, signal, log, pool } = options;
  const producer = createProducer(kafka, { maxInFlightRequests: 1, retry: { retries: 1 } });
  const ensureTopic = () => ensureChangesTopic(kafka, { topic, partitions, replicationFactor });
  let isReady = false;
  let failures = 0;
  const once = async () => {
    failures += 1;
    if (!isReady) {
      await producer.connect();
      await ensureTopic();
      await beginPublishing(pool, topic);
      isReady = true;
    }
    try {
      await publishAll(options, producer);
      failures = 0;
    } catch (error) {
      // A deleted topic is created again. Its content is gone; publishing continues with the next change.
      if (isTopicGone(error)) isReady = false;
      throw error;
    }
  };
  const pause = () => (failures === 0 ? PAUSE_SECONDS : backOff(failures, RETRY_MS) / 1000);
  return forever(pause, once, { what: 'publish changes', signal, log }).finally(() => producer.disconnect());
}

async function publishAll(options: ChangesOptions, producer: Producer): Promise<void> {
  await addSystems(options.pool);
  for (;;) {
    if (options.signal.aborted) return;
    const found = await publishSome(options, producer);
    if (found === 0) break;
  }
  options.metrics.changes_current_timestamp_seconds.setToCurrentTime();
}

/**
 * No transaction is open while waiting for Kafka: it would keep its locks on the months it has read, and whoever drops
 * a month would have to wait for Kafka, too.
 * @returns how many systems were behind
 */
async function publishSome(options: ChangesOptions, producer: Producer): Promise<number> {
  return await options.pool.connect(async (connection) => {
    const locked = await lockBehind(connection, SYSTEMS_AT_ONCE);
    if (locked.length === 0) return 0;
    try {
      const { messages, marks } = await readNext(connection, locked);
      await send(options, producer, messages);
      await markPublished(connection, marks);
    } finally {
      await unlock(connection, locked);
    }
    return locked.length;
  });
}

async function readNext(
  connection: CommonQueryMethods,
  locked: readonly number[],
): Promise<{ messages: Message[]; marks: Mark[] }> {
  const messages: Message[] = [];
  const marks: Mark[] = [];
  for (const system of await readBehind(connection, locked)) {
    if (messages.length >= EVENTS_AT_ONCE) break;
    const { system_key, published_to: from } = system;
    const { changes, to } = await readUnpublished(connection, system);
    for (const change of changes) messages.push(encodeChange(change));
    marks.push({ system_key, from, to });
  }
  return { messages, marks };
}

async function send(
  { topic, metrics, passing }: ChangesOptions,
  producer: Producer,
  messages: Message[],
): Promise<void> {
  for (let from = 0; from < messages.length; from += EVENTS_PER_REQUEST) {
    const some = messages.slice(from, from + EVENTS_PER_REQUEST);
    await producer.send({ topic, acks: -1, compression: GZIP, messages: some });
    metrics.changes_published_total.inc(some.length);
  }
  if (messages.length > 0) await passing?.('before_mark');
}
