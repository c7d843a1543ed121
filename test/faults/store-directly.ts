import { type PartitionState, storeRecords } from '@velolog/store/intake/store-records';
import { createStoreMetrics } from '@velolog/store/metrics';
import { migrate } from '@velolog/store/migrate/migrate';
import { openDatabase } from '@velolog/store/tables/database';
import { startPosition } from '@velolog/store/tables/kafka-position';
import { noMonths } from '@velolog/store/upkeep/month-partitions';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { encodePoll, type PollRecord } from '@velolog/stream/poll-record';
import { Registry } from 'prom-client';

export type Cut = { records: number; restarts: boolean };

/**
 * Stores polls in an empty database without Kafka: by default one in each transaction.
 * @param nextCut how many records the next transaction takes, and whether the worker forgets all it knew before
 */
export async function storeDirectly(
  databaseUrl: string,
  polls: PollRecord[],
  nextCut: () => Cut = () => ({ records: 1, restarts: false }),
): Promise<void> {
  await migrate(databaseUrl);
  const pool = await openDatabase(databaseUrl, { connectionsMax: 2 });
  const context = {
    pool,
    metrics: createStoreMetrics(new Registry()),
    months: noMonths(),
    sendDeadLetters: async () => {},
  };
  const state: PartitionState = {
    cluster_id: 'none',
    topic: 'none',
    partition: 0,
    expected: 0n,
    systems: new Map(),
  };
  await startPosition(pool, state, 0n);
  const messages = polls.map(toMessage);
  for (let from = 0; from < messages.length; ) {
    const { records, restarts } = nextCut();
    if (restarts) state.systems.clear();
    await storeRecords(context, state, messages.slice(from, from + records));
    from += records;
  }
  await pool.end();
}

function toMessage(poll: PollRecord, offset: number): KafkaMessage {
  const { key, value, headers } = encodePoll(poll);
  return {
    key: Buffer.from(key),
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    // As a broker stamps: what is from the future is so here, too.
    timestamp: String(Date.now()),
    offset: String(offset),
    attributes: 0,
  };
}
