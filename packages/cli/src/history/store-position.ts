import { setTimeout as wait } from 'node:timers/promises';
import type { Admin } from '@velolog/stream/kafka/kafka-types';
import { partitionOf } from '@velolog/stream/kafka/partitioner';
import type pg from 'pg';

/** The partition that takes the records of one system. */
export type Target = { clusterId: string; topic: string; partition: number };

const LOOK_INTERVAL_MS = 100;
const STALL_SECONDS = 15;

export async function findTarget(admin: Admin, topic: string, system: string): Promise<Target> {
  const [{ clusterId }, { topics }] = await Promise.all([
    admin.describeCluster(),
    admin.fetchTopicMetadata({ topics: [topic] }),
  ]);
  const partitions = topics[0]?.partitions.length ?? 0;
  return { clusterId, topic, partition: partitionOf(system, partitions) };
}

/** Offset of the next record that the store will read; 0 before it has read any. */
export async function readPosition(
  client: pg.Client,
  { clusterId, topic, partition }: Target,
): Promise<bigint> {
  const { rows } = await client.query<{ next_offset: string }>(
    'select next_offset::text from api.read_position where cluster_id = $1 and topic = $2 and partition = $3',
    [clusterId, topic, partition],
  );
  return BigInt(rows[0]?.next_offset ?? 0);
}

export type Waiting = {
  /** Called when the store has made no progress for a while. */
  onStall: (seconds: number) => void;
  signal: AbortSignal;
};

/** Waits until the store has committed everything below the offset. */
export async function untilCommitted(
  client: pg.Client,
  target: Target,
  offset: bigint,
  { onStall, signal }: Waiting,
  onLook: (position: bigint) => void = () => {},
): Promise<void> {
  let reached = -1n;
  let movedAt = Date.now();
  let toldAt = movedAt;
  for (;;) {
    const position = await readPosition(client, target);
    if (position >= offset) return;
    if (position > reached) movedAt = toldAt = Date.now();
    reached = position;
    onLook(position);
    if (Date.now() - toldAt > STALL_SECONDS * 1000) {
      toldAt = Date.now();
      onStall(Math.round((Date.now() - movedAt) / 1000));
    }
    await wait(LOOK_INTERVAL_MS, undefined, { signal });
  }
}
