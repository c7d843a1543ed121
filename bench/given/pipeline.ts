import { setTimeout as wait } from 'node:timers/promises';
import { storeSettings } from '@velolog/store/config';
import { type StoreWorker, startStore } from '@velolog/store/worker';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import type { Producer } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { ZSTD } from '@velolog/stream/kafka/zstd';
import { encodePoll, type PollRecord } from '@velolog/stream/poll-record';
import { ensureTopics } from '@velolog/stream/topics';
import { createLogger } from '@velolog/worker/logger';
import { readSettings } from '@velolog/worker/settings';
import pg from 'pg';

/** The servers of a benchmark run. */
export type Servers = { databaseUrl: string; brokers: string };

export type Publisher = { publish(polls: PollRecord[]): Promise<void>; close(): Promise<void> };

const log = createLogger('bench');
log.level = 'silent';

export const statusPoll = (system_id: string, fetched_at: Date, body: Buffer): PollRecord => ({
  system_id,
  feed: 'station_status',
  fetched_at,
  source: 'https://example.org/station_status.json',
  outcome: 'fetched',
  http_status: 200,
  etag: null,
  duration_ms: 10,
  error: null,
  content_type: 'application/json',
  imported: false,
  body_id: null,
  body,
});

export async function openPublisher({ brokers }: Servers, pollsTopic: string): Promise<Publisher> {
  const settings = kafkaSettings.parse({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PARTITIONS: '4' });
  const kafka = createKafka(settings, { clientId: 'bench' });
  await ensureTopics(kafka, { ...settings, pollsTopic, deadLettersTopic: `${pollsTopic}-dead` });
  const producer: Producer = createProducer(kafka);
  await producer.connect();
  return {
    publish: async (polls) => {
      await producer.send({ topic: pollsTopic, messages: polls.map(encodePoll), compression: ZSTD });
    },
    close: () => producer.disconnect(),
  };
}

export async function startBenchStore(
  servers: Servers,
  databaseUrl: string,
  pollsTopic: string,
): Promise<StoreWorker & { stop(): Promise<void> }> {
  const stopping = new AbortController();
  const settings = readSettings(storeSettings, {
    KAFKA_BROKERS: servers.brokers,
    KAFKA_GROUP_ID: pollsTopic,
    DATABASE_URL: databaseUrl,
  });
  const worker = await startStore(settings, {
    log,
    signal: stopping.signal,
    pollsTopic,
    deadLettersTopic: `${pollsTopic}-dead`,
  });
  return {
    ...worker,
    stop: async () => {
      stopping.abort();
      await worker.stopped;
    },
  };
}

/** Waits until the store's positions show that it has read this many records. */
export async function untilStored(databaseUrl: string, records: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  for (;;) {
    const { rows } = await client.query(
      `select coalesce(sum(next_offset), 0)::int as stored from velolog.kafka_position`,
    );
    if (rows[0].stored >= records) break;
    await wait(50);
  }
  await client.end();
}

export async function createBenchDatabase({ databaseUrl }: Servers, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`drop database if exists ${name} with (force)`);
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
