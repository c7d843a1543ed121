import { createRegistry } from '@velolog/metrics/registry';
import { publishChangesForever } from '@velolog/store/changes/publish-changes';
import { createStoreMetrics } from '@velolog/store/metrics';
import { openDatabase } from '@velolog/store/tables/database';
import type { StallingLine } from '@velolog/stream/kafka/test-stalling-line';
import type { Counter, Gauge } from 'prom-client';
import { inject } from 'vitest';
import type { TestDatabase } from '../servers/test-database.ts';
import { silentLog, type TestTopics } from './test-worker.ts';

/** Only the part of a store that publishes changes, with its metrics. */
export async function startTestPublisher(
  topics: TestTopics,
  changesTopic: string,
  database: TestDatabase,
  line?: StallingLine,
) {
  const pool = await openDatabase(database.url, { connectionsMax: 2 });
  const stopping = new AbortController();
  const metrics = createStoreMetrics(createRegistry('store'));
  const read = async (metric: Counter | Gauge) => (await metric.get()).values[0]?.value ?? 0;
  const ended = publishChangesForever({
    pool,
    kafka: line === undefined ? topics.kafka : line.client(inject('brokers').split(',')),
    topic: changesTopic,
    partitions: 3,
    replicationFactor: 1,
    metrics,
    log: silentLog(),
    signal: stopping.signal,
  });
  return {
    sent: () => read(metrics.changes_published_total),
    toldAt: () => read(metrics.changes_current_timestamp_seconds),
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      line?.resume();
      await ended;
      await pool.end();
    },
  };
}
