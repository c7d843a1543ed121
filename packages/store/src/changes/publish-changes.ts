import { encodeChange } from '@velolog/stream/change-record';
import { ensureChangesTopic } from '@velolog/stream/changes-topic';
import { GZIP } from '@velolog/stream/kafka/codecs';
import { isTopicGone } from '@velolog/stream/kafka/kafka-error';
import type { Kafka, Producer } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { backOff } from '@velolog/worker/back-off';
import { forever } from '@velolog/worker/forever';
import type { Log } from '@velolog/worker/log';
import type { DatabasePool } from 'slonik';
import type { StoreMetrics } from '../metrics.ts';
import {
  addSystems,
  beginPublishing,
  lockBehind,
  markPublished,
  readUnpublished,
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
  /** Told where the worker is, so that a test can make it fail there. */
  passing?: ((point: 'before_mark') => Promise<void> | void) | undefined;
};

const PAUSE_SECONDS = 0.5;
/** While Kafka or PostgreSQL is away. */
const RETRY_MS = { first: 1_000, longest: 30_000 };
/** Their rows are locked until Kafka has their changes. */
const SYSTEMS_AT_ONCE = 20;
/** After an outage each of them may have many: what is read beyond so many waits for the next transaction. */
const EVENTS_AT_ONCE = 10_000;
/** Some 400 kB before they are compressed: every broker takes a batch of that size. */
const EVENTS_PER_REQUEST = 500;

/**
 * Publishes the changes of stations after they were committed. What is still to be published is not remembered but asked for: `published_to` of
 * a system beside what is stored of it, with the SQL that everybody asks (api.station_change_since). So a kill at any moment loses nothing; one
 * between Kafka's answer and the mark sends the same events again, with the same ids.
 * Any worker publishes any system, also one that another worker stores: a row lock keeps two from publishing the same one.
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
      // A topic that was deleted is made again; what it held is gone, and the next change goes on.
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

/** How many systems were behind. */
async function publishSome(
  { pool, topic, metrics, passing }: ChangesOptions,
  producer: Producer,
): Promise<number> {
  return await pool.transaction(async (transaction) => {
    const behind = await lockBehind(transaction, SYSTEMS_AT_ONCE);
    const events = [];
    const marks = [];
    for (const system of behind) {
      if (events.length >= EVENTS_AT_ONCE) break;
      // History that was imported, and nobody polls: not told as news.
      if (system.is_archive) {
        marks.push({ system_key: system.system_key, to: system.stored_to });
        continue;
      }
      const { changes, to } = await readUnpublished(transaction, system);
      for (const change of changes) events.push(encodeChange(change));
      marks.push({ system_key: system.system_key, to });
    }
    for (let from = 0; from < events.length; from += EVENTS_PER_REQUEST) {
      const messages = events.slice(from, from + EVENTS_PER_REQUEST);
      await producer.send({ topic, acks: -1, compression: GZIP, messages });
    }
    if (events.length > 0) await passing?.('before_mark');
    await markPublished(transaction, marks);
    metrics.changes_published_total.inc(events.length);
    return behind.length;
  });
}
