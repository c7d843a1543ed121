import { encodeForget } from '@velolog/stream/forget-record';
import { createKafka, type KafkaSettings } from '@velolog/stream/kafka/client';
import type { Kafka } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { ensureTopics, topicNames } from '@velolog/stream/topics';
import type pg from 'pg';
import { holdHistory } from './history-lock.ts';
import { findTarget, type Target, untilCommitted, type Waiting } from './store-position.ts';

/** What the database holds of a system. */
export type SystemHoldings = {
  system_id: string;
  name: string | null;
  stations: number;
  /** Rows of station_status: one for each change of a station. */
  rows: number;
  first_observed_at: string | null;
  last_observed_at: string | null;
  /** Seconds since the newest live poll (not an import); null when there is none. */
  polled_seconds_ago: number | null;
};

/** Returns null when there is no such system. */
export async function readHoldings(client: pg.Client, system_id: string): Promise<SystemHoldings | null> {
  const { rows } = await client.query<SystemHoldings>(
    `select system_id, name, first_observed_at, last_observed_at, holding.stations, status_rows::float8 as rows,
       extract(epoch from now() - last_polled_at)::float8 as polled_seconds_ago
     from api.system join api.system_holding as holding using (system_id)
     where system_id = $1`,
    [system_id],
  );
  return rows[0] ?? null;
}

export type ForgetOptions = Waiting & {
  client: pg.Client;
  kafka: KafkaSettings;
  system: string;
  topic?: string;
};

/**
 * Sends the store a record to forget the system, among its polls in each of the two topics, and waits until the store has read both.
 * Returns whether the system is gone: a store of an older version cannot read the record.
 */
export async function forgetSystem(options: ForgetOptions): Promise<boolean> {
  const { client, system, topic } = options;
  await holdHistory(client, system, 'forget');
  const topics = { ...options.kafka, ...(topic && { pollsTopic: topic }) };
  const { pollsTopic, vehiclePollsTopic } = topicNames(topics);
  const kafka = createKafka(options.kafka, { clientId: 'velolog-forget' });
  const admin = kafka.admin();
  try {
    await ensureTopics(kafka, topics);
    await admin.connect();
    // If the command is stopped after the first topic, the system has lost only its vehicles and can be forgotten again.
    for (const one of [vehiclePollsTopic, pollsTopic]) {
      const target = await findTarget(admin, one, system);
      options.signal.throwIfAborted();
      await untilCommitted(client, target, await send(kafka, target, system), options);
    }
  } finally {
    await admin.disconnect().catch(() => {});
  }
  return (await readHoldings(client, system)) === null;
}

/** Returns the offset after the record. */
async function send(kafka: Kafka, { topic }: Target, system: string): Promise<bigint> {
  const producer = createProducer(kafka);
  await producer.connect();
  try {
    const [result] = await producer.send({ topic, messages: [encodeForget(system, new Date())] });
    if (result?.baseOffset === undefined)
      throw new Error(`Kafka returned no offset for the record in ${topic}`);
    return BigInt(result.baseOffset) + 1n;
  } finally {
    await producer.disconnect();
  }
}
