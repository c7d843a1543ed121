import { setTimeout as wait } from 'node:timers/promises';
import { createRegistry } from '@velolog/metrics/registry';
import { publishChangesForever } from '@velolog/store/changes/publish-changes';
import { beginPublishing } from '@velolog/store/changes/published-changes';
import { createStoreMetrics } from '@velolog/store/metrics';
import { openDatabase } from '@velolog/store/tables/database';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import pg from 'pg';
import { POLL_MS, START, statusBodies } from './given/bodies.ts';
import {
  createBenchDatabase,
  openPublisher,
  type Servers,
  startBenchStore,
  statusPoll,
  untilStored,
} from './given/pipeline.ts';
import { cpuSecondsOf } from './instruments/cpu.ts';
import { type Part, whole } from './instruments/measure.ts';

const SYSTEMS = 4;
const POLLS = 1000;
const HOURS = (POLLS * POLL_MS) / 3_600_000;

/** Publishes hours of changes that waited in the database, as after a time without Kafka, to velolog.changes. */
export async function benchChanges(servers: Servers): Promise<Part> {
  const topic = `bench-changes-${process.pid}`;
  const databaseUrl = await createBenchDatabase(servers, 'bench_changes');
  await storePolls(servers, databaseUrl, topic);
  const pool = await openDatabase(databaseUrl, { connectionsMax: 2 });
  await beginPublishing(pool, `${topic}-out`);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('update velolog.published_change set published_to = $1', [new Date(START)]);
  await client.end();
  const metrics = createStoreMetrics(createRegistry('store'));
  const stopping = new AbortController();
  const options = {
    pool,
    kafka: createKafka(kafkaSettings.parse({ KAFKA_BROKERS: servers.brokers }), { clientId: 'bench' }),
    topic: `${topic}-out`,
    partitions: 4,
    replicationFactor: 1,
    metrics,
    log: { warn: () => {} },
    signal: stopping.signal,
  };
  const startMs = performance.now();
  let ended = Promise.resolve();
  const cpuSeconds = await cpuSecondsOf(async () => {
    ended = publishChangesForever(options);
    while ((await metrics.changes_current_timestamp_seconds.get()).values[0]?.value === undefined)
      await wait(20);
  });
  const seconds = (performance.now() - startMs) / 1000;
  const { values } = await metrics.changes_published_total.get();
  const changes = values[0]?.value ?? 0;
  stopping.abort();
  await ended;
  await pool.end();
  return {
    title: `Changes that waited ${HOURS.toFixed(1)} hours in the database, to velolog.changes`,
    measures: [
      { what: 'changes of all systems', measured: whole(changes) },
      { what: 'changes a second', measured: whole(changes / seconds) },
      { what: 'changes per CPU second of the store worker', measured: whole(changes / cpuSeconds) },
    ],
  };
}

async function storePolls(servers: Servers, databaseUrl: string, topic: string): Promise<void> {
  const publisher = await openPublisher(servers, topic);
  for (const [poll, body] of statusBodies(POLLS).entries()) {
    const at = new Date(START + poll * POLL_MS);
    await publisher.publish(
      Array.from({ length: SYSTEMS }, (_, system) => statusPoll(`system-${system}`, at, body)),
    );
  }
  await publisher.close();
  const worker = await startBenchStore(servers, databaseUrl, topic);
  await untilStored(databaseUrl, POLLS * SYSTEMS);
  await worker.stop();
}
