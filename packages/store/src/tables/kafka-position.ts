import { type CommonQueryMethods, type DatabaseTransactionConnection, sql } from 'slonik';
import { z } from 'zod';

/** A partition of a topic of one cluster. A new cluster has a new id, so its topics are read from the beginning. */
export type Partition = { cluster_id: string; topic: string; partition: number };

/**
 * Another worker has moved the position: what this worker was about to write has already been written, or the other worker must write it.
 */
export class PositionMoved extends Error {
  override name = 'PositionMoved';
}

/** Which log the position refers to (topic-logs.ts); null when unknown. */
export type LogIdentity = { topic_id: string | null; leader_epoch: number | null };

export type Position = LogIdentity & { next_offset: bigint };

const PositionRow = z.object({
  next_offset: z.string().transform(BigInt),
  topic_id: z.string().nullable(),
  leader_epoch: z.number().nullable(),
});

/** Where the next record of the partition must be read; null when none was ever read. */
export async function readPosition(
  db: CommonQueryMethods,
  { cluster_id, topic, partition }: Partition,
): Promise<Position | null> {
  return await db.maybeOne(sql.type(PositionRow)`
    select next_offset::text, topic_id, leader_epoch from velolog.kafka_position
    where cluster_id = ${cluster_id} and topic = ${topic} and partition = ${partition}`);
}

/** Inserts the row that later moves update. Two workers may try at once. */
export async function startPosition(
  db: CommonQueryMethods,
  { cluster_id, topic, partition, topic_id = null }: Partition & { topic_id?: string | null },
  next_offset: bigint,
): Promise<void> {
  await db.query(sql.unsafe`
    insert into velolog.kafka_position (cluster_id, topic, partition, next_offset, topic_id)
    values (${cluster_id}, ${topic}, ${partition}, ${next_offset.toString()}::int8, ${topic_id}) on conflict do nothing`);
}

/** Notes the topic id of a position that an older version, or an older broker, left without one. */
export async function adoptTopic(
  db: CommonQueryMethods,
  { cluster_id, topic, partition, topic_id }: Partition & { topic_id: string | null },
): Promise<void> {
  await db.query(sql.unsafe`
    update velolog.kafka_position set topic_id = ${topic_id}
    where cluster_id = ${cluster_id} and topic = ${topic} and partition = ${partition} and topic_id is null`);
}

/**
 * The fence: moves the position only if it is where this worker believes it to be, in the log that this worker believes
 * it to be in. It is the first statement of the transaction, so that of two workers with the same records one waits for
 * the other, and then finds the position moved.
 * @throws PositionMoved when it was elsewhere
 */
export async function movePosition(
  transaction: DatabaseTransactionConnection,
  { cluster_id, topic, partition, topic_id, leader_epoch }: Partition & Partial<LogIdentity>,
  expected: bigint,
  next: bigint,
): Promise<void> {
  const { rowCount } = await transaction.query(sql.unsafe`
    update velolog.kafka_position
    set next_offset = ${next.toString()}::int8, leader_epoch = coalesce(${leader_epoch ?? null}::int4, leader_epoch)
    where cluster_id = ${cluster_id} and topic = ${topic} and partition = ${partition}
      and next_offset = ${expected.toString()}::int8 and topic_id is not distinct from ${topic_id ?? null}`);
  if (rowCount !== 1) {
    throw new PositionMoved(
      `Partition ${partition} of ${topic} is no longer at offset ${expected}: another worker took over`,
    );
  }
}
