import { VEHICLE_FEED_NAMES } from '@velolog/gbfs/feeds';
import { partitionOf } from '@velolog/stream/kafka/partitioner';
import { type DatabasePool, type DatabaseTransactionConnection, sql } from 'slonik';
import { z } from 'zod';
import type { LOST } from '../codes.ts';
import type { Carries } from '../memory/system-state.ts';
import { type LogIdentity, movePosition, type Partition } from './kafka-position.ts';
import { numberArray, textArray } from './sql-arrays.ts';

type LostPartition = Partition & LogIdentity & { partitions: number; carries?: Carries | undefined };

/**
 * Kafka's retention removed the records from `from_offset` up to `to_offset` before they were read. Notes the loss and
 * moves past them. As for every loss, the run of observation of each feed concerned ends: whatever its next poll says,
 * the time before it was not observed.
 */
export async function noteLostPolls(
  pool: DatabasePool,
  lost: LostPartition,
  from_offset: bigint,
  to_offset: bigint,
): Promise<void> {
  await moveAndNote(pool, lost, { from_offset, to_offset }, { from_offset, to_offset, reason: 'retention' });
}

/**
 * The log now ends at `to_offset`, or continued from there with other records. Those up to `from_offset` had been read;
 * what came after them is lost too. Notes the loss and moves back, so that the new records there are read.
 */
export async function noteCutBack(
  pool: DatabasePool,
  lost: LostPartition,
  from_offset: bigint,
  to_offset: bigint,
): Promise<void> {
  const loss = { from_offset: to_offset, to_offset: from_offset, reason: 'cut_back' } as const;
  await moveAndNote(pool, lost, { from_offset, to_offset }, loss);
}

type Loss = { from_offset: bigint; to_offset: bigint | null; reason: keyof typeof LOST };

async function moveAndNote(
  pool: DatabasePool,
  lost: LostPartition,
  move: { from_offset: bigint; to_offset: bigint },
  loss: Loss,
): Promise<void> {
  await pool.transaction(async (transaction) => {
    await movePosition(transaction, lost, move.from_offset, move.to_offset);
    await noteLoss(transaction, lost, loss);
    await endRuns(transaction, await systemsOf(transaction, lost), lost.carries);
  });
}

const LeftRow = z.object({
  partition: z.number(),
  next_offset: z.string().transform(BigInt),
  topic_id: z.string().nullable(),
});

/**
 * The topic was recreated: no position in it is valid any more, of any partition, however many the new one has. It is
 * unknown how much of the old topic was unread. If several workers notice it, one of them does this. `known`: only
 * positions that name their topic id; those of an earlier version may well be in the new topic.
 * @returns whether this worker did it
 */
export async function noteTopicMadeAnew(
  pool: DatabasePool,
  {
    cluster_id,
    topic,
    topic_id,
    of,
    carries,
  }: Omit<Partition, 'partition'> &
    Pick<LogIdentity, 'topic_id'> & { of: 'all' | 'known'; carries?: Carries | undefined },
): Promise<boolean> {
  return await pool.transaction(async (transaction) => {
    const left = await transaction.any(sql.type(LeftRow)`
      delete from velolog.kafka_position
      where cluster_id = ${cluster_id} and topic = ${topic} and (topic_id <> ${topic_id} or (${of === 'all'} and (topic_id is null or ${topic_id}::text is null)))
      returning partition, next_offset::text, topic_id`);
    for (const { partition, next_offset, topic_id } of left) {
      await noteLoss(
        transaction,
        { cluster_id, topic, partition, topic_id },
        { from_offset: next_offset, to_offset: null, reason: 'made_anew' },
      );
    }
    if (left.length > 0) await endRuns(transaction, await systemsOf(transaction, null), carries);
    return left.length > 0;
  });
}

const OffsetRow = z.object({ next_offset: z.string().transform(BigInt) });

/**
 * The position at which a topic was left that has come back, for example because two clusters share one id; null for a
 * new topic.
 */
export async function positionLeft(
  pool: DatabasePool,
  { cluster_id, topic, partition, topic_id }: Partition & Pick<LogIdentity, 'topic_id'>,
): Promise<bigint | null> {
  const row = await pool.maybeOne(sql.type(OffsetRow)`
    select from_offset::text as next_offset from velolog.kafka_loss
    where cluster_id = ${cluster_id} and topic = ${topic} and partition = ${partition} and topic_id = ${topic_id} and reason = 'made_anew'
    order by loss_key desc limit 1`);
  return row?.next_offset ?? null;
}

async function noteLoss(
  transaction: DatabaseTransactionConnection,
  { cluster_id, topic, partition, topic_id }: Partition & Pick<LogIdentity, 'topic_id'>,
  { from_offset, to_offset, reason }: Loss,
): Promise<void> {
  await transaction.query(sql.unsafe`
    insert into velolog.kafka_loss (cluster_id, topic, partition, from_offset, to_offset, topic_id, reason)
    values (${cluster_id}, ${topic}, ${partition}, ${from_offset.toString()}::int8, ${to_offset?.toString() ?? null}::int8,
      ${topic_id}, ${reason})`);
}

const SystemRow = z.object({ system_id: z.string(), system_key: z.number() });

/** The systems of the partition; all systems when it is null. */
async function systemsOf(
  transaction: DatabaseTransactionConnection,
  lost: LostPartition | null,
): Promise<number[]> {
  const systems = await transaction.any(
    sql.type(SystemRow)`select system_id, system_key from velolog.system`,
  );
  return systems
    .filter(({ system_id }) => lost === null || partitionOf(system_id, lost.partitions) === lost.partition)
    .map(({ system_key }) => system_key);
}

/** Ends the newest run of observation of each feed of these systems that the topic carries. */
async function endRuns(
  transaction: DatabaseTransactionConnection,
  system_keys: number[],
  carries: Carries | undefined,
): Promise<void> {
  const isCarried =
    carries === undefined
      ? sql.fragment`true`
      : sql.fragment`(feed.feed = any(${textArray(VEHICLE_FEED_NAMES)}::text[])) = ${carries === 'vehicles'}`;
  await transaction.query(sql.unsafe`
    with newest as (
      select distinct on (feed_key) feed_key, observed_range.from_at
      from velolog.observed_range
      join velolog.feed using (feed_key)
      where feed.system_key = any(${numberArray(system_keys)}::int4[]) and ${isCarried}
      order by feed_key, observed_range.from_at desc
    ), ended as (
      update velolog.observed_range set to_at = to_at + interval '1 ms'
      from newest
      where observed_range.feed_key = newest.feed_key and observed_range.from_at = newest.from_at
      returning observed_range.feed_key, observed_range.to_at
    )
    insert into velolog.coverage (feed_key, from_at, to_at, polls, outcome)
    select feed_key, to_at, to_at, 0, 'lost' from ended
    on conflict do nothing`);
}
