import type { PartitionState, StoreContext } from '@velolog/store/intake/store-records';
import { createStoreMetrics } from '@velolog/store/metrics';
import { openDatabase } from '@velolog/store/tables/database';
import { startPosition } from '@velolog/store/tables/kafka-position';
import { noMonths } from '@velolog/store/tables/month-partitions';
import { Registry } from 'prom-client';

/**
 * What the store needs to store records without Kafka's consumer, at the start of a partition. The caller must end the pool.
 */
export async function openStoreContext(
  databaseUrl: string,
  sendDeadLetters: StoreContext['sendDeadLetters'] = async () => {},
): Promise<{ context: StoreContext; state: PartitionState }> {
  const pool = await openDatabase(databaseUrl, { connectionsMax: 3 });
  const context = {
    pool,
    metrics: createStoreMetrics(new Registry()),
    months: noMonths(),
    sendDeadLetters,
  };
  const state: PartitionState = {
    cluster_id: 'test',
    topic: 'polls',
    partition: 0,
    expected: 0n,
    systems: new Map(),
  };
  await startPosition(pool, state, 0n);
  return { context, state };
}
