import { type CommonQueryMethods, type DatabaseTransactionConnection, sql } from 'slonik';
import { z } from 'zod';

/** A partition of a topic of one cluster. A new cluster has a new id, and so starts at its beginning. */
export type Partition = { cluster_id: string; topic: string; partition: number };

/** Another worker has moved the position: what this one was about to write has been written, or is not its to write. */
export class PositionMoved extends Error {
  override name = 'PositionMoved';
}

const PositionRow = z.object({ next_offset: z.string().transform(BigInt) });

/** Where the next record of the partition is to be read; null when none ever was. */
export async function readPosition(
  db: CommonQueryMethods,
  { cluster_id, topic, partition }: Partition,
): Promise<bigint | null> {
  const row = await db.maybeOne(sql.type(PositionRow)`
    select next_offset::text from velolog.kafka_position
    where cluster_id = ${cluster_id} and topic = ${topic} and partition = ${partition}`);
  return row?.next_offset ?? null;
}

/** Makes the row that later moves update. Two workers may both try. */
export async function startPosition(
  db: CommonQueryMethods,
  { cluster_id, topic, partition }: Partition,
  next_offset: bigint,
): Promise<void> {
  await db.query(sql.unsafe`
    insert into velolog.kafka_position (cluster_id, topic, partition, next_offset)
    values (${cluster_id}, ${topic}, ${partition}, ${next_offset.toString()}::int8) on conflict do nothing`);
}

/**
 * The fence: moves the position only from where this worker believes it to be. It is the first statement of the
 * transaction, so that of two workers with the same records one waits for the other, and then finds it moved.
 * @throws PositionMoved when it was elsewhere.
 */
export async function movePosition(
  transaction: DatabaseTransactionConnection,
  { cluster_id, topic, partition }: Partition,
  expected: bigint,
  next: bigint,
): Promise<void> {
  const { rowCount } = await transaction.query(sql.unsafe`
    update velolog.kafka_position set next_offset = ${next.toString()}::int8
    where cluster_id = ${cluster_id} and topic = ${topic} and partition = ${partition}
      and next_offset = ${expected.toString()}::int8`);
  if (rowCount !== 1) {
    throw new PositionMoved(
      `Partition ${partition} of ${topic} is no longer at offset ${expected}: another worker took over`,
    );
  }
}
