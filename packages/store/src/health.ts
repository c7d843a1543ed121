import type { Check } from '@velolog/metrics/server';
import { type DatabasePool, sql } from 'slonik';
import type { BrokerWatch } from './watch/broker-watch.ts';
import { BROKER_SILENCE_MS, type PartitionProgress } from './watch/progress.ts';

/** What the health endpoints of the store check. */
export type WorkerHealth = {
  migrated: boolean;
  /** By topic. */
  joined: Map<string, boolean>;
  broker: BrokerWatch;
  /** By topic. */
  progress: Map<string, PartitionProgress>;
  /** Null until the database was available once. */
  pool: DatabasePool | null;
  /** How long a partition may have unread records while none is stored. */
  stallSeconds: number;
};

/**
 * /livez checks neither database nor broker, because restarting this worker would not bring them back; it fails when
 * records wait and none is stored. /readyz checks both.
 */
export function healthChecks(worker: WorkerHealth): { live: Check[]; startup: Check[]; ready: Check[] } {
  const migrated: Check = {
    name: 'migrated',
    run: () => expect(worker.migrated, 'the schema is not prepared yet'),
  };
  return {
    live: [{ name: 'progress', run: () => expectProgress(worker) }],
    startup: [migrated],
    ready: [
      migrated,
      { name: 'joined', run: () => expectJoined(worker) },
      { name: 'database', run: () => expectDatabase(worker.pool) },
      { name: 'broker', run: () => expectBroker(worker.broker) },
    ],
  };
}

function expectJoined({ joined }: WorkerHealth): void {
  const missing = [...joined].filter(([, isJoined]) => !isJoined).map(([topic]) => topic);
  expect(
    joined.size > 0 && missing.length === 0,
    `not a member of the consumer group of ${missing.join(', ') || 'any topic'}`,
  );
}

function expectProgress({ progress, stallSeconds }: WorkerHealth): void {
  for (const [topic, partitions] of progress) {
    const partition = partitions.stalledFor(stallSeconds);
    expect(
      partition === null,
      `partition ${partition} of ${topic} has records to read, and none was stored for ${stallSeconds} s`,
    );
    expect(
      !partitions.joinsFor(stallSeconds),
      `the consumer group of ${topic} could not be joined for ${stallSeconds} s`,
    );
  }
}

async function expectDatabase(pool: DatabasePool | null): Promise<void> {
  if (pool === null) throw new Error('not connected yet');
  await pool.query(sql.unsafe`select 1`);
}

function expectBroker({ seen_at }: BrokerWatch): void {
  expect(seen_at !== null && Date.now() - seen_at < BROKER_SILENCE_MS, 'Kafka has not answered for 10 s');
}

function expect(isMet: boolean, otherwise: string): void {
  if (!isMet) throw new Error(otherwise);
}
