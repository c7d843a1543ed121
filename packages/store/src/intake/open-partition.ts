import type { Batch } from '@velolog/stream/kafka-types';
import { movePosition, PositionMoved, readPosition, startPosition } from '../tables/kafka-position.ts';
import { noteLostPolls } from '../tables/lost-polls.ts';
import type { ConsumeOptions } from './consume-options.ts';
import { forget, type PartitionState } from './store-records.ts';

/** Reads the position from the database if it is not known, and settles it with what Kafka still has. */
export async function openPartition(
  options: ConsumeOptions,
  state: PartitionState,
  batch: Pick<Batch, 'partition' | 'highWatermark'>,
): Promise<bigint> {
  if (state.expected !== null) return state.expected;
  const position = await readPosition(options.context.pool, state);
  const { low, high } = await offsetsOf(options, batch.partition);
  if (position === null) {
    await startPosition(options.context.pool, state, low);
    state.expected = (await readPosition(options.context.pool, state)) ?? low;
  } else if (position < low) {
    await skipLost(options, state, position, low);
  } else if (position > high && position > BigInt(batch.highWatermark)) {
    options.log.warn(
      {
        topic: state.topic,
        partition: state.partition,
        next_offset: `${position}`,
        high_watermark: `${high}`,
      },
      'The topic ends before the position in the database: it was deleted and made anew. Starting at its beginning',
    );
    await noteLostPolls(options.context.pool, { ...state, partitions: options.partitions }, position, low);
    state.expected = low;
  } else {
    state.expected = position;
  }
  return state.expected ?? low;
}

/** What the broker has of the partition: from `low` up to, not including, `high`. */
async function offsetsOf(options: ConsumeOptions, partition: number): Promise<{ low: bigint; high: bigint }> {
  const offsets = await options.admin.fetchTopicOffsets(options.topic);
  const found = offsets.find((offset) => offset.partition === partition);
  return { low: BigInt(found?.low ?? 0), high: BigInt(found?.high ?? 0) };
}

/**
 * Goes on after offsets that Kafka does not give. Either retention has removed the records, also while this worker
 * was reading; or there are none, because offsets may have holes (compaction, transactions).
 * Returns false when the batch has to be looked at again.
 */
export async function skipGap(
  options: ConsumeOptions,
  state: PartitionState,
  from: bigint,
  to: bigint,
): Promise<boolean> {
  const { low } = await offsetsOf(options, state.partition);
  try {
    if (from < low) {
      await skipLost(options, state, from, low);
      return false;
    }
    await options.context.pool.transaction((transaction) => movePosition(transaction, state, from, to));
  } catch (error) {
    if (!(error instanceof PositionMoved)) throw error;
    forget(state);
    return false;
  }
  state.expected = to;
  return true;
}

/** Moves over a batch in which Kafka gave no records, only markers of transactions or what they gave up. */
export async function movePast(
  options: ConsumeOptions,
  state: PartitionState,
  batch: { partition: number; highWatermark: string; firstOffset: string | null; lastOffset: string },
): Promise<void> {
  const next = BigInt(batch.lastOffset) + 1n;
  const expected = await openPartition(options, state, batch);
  if (batch.firstOffset === null || BigInt(batch.firstOffset) !== expected) return;
  if (await skipGap(options, state, expected, next)) options.progress.passed(state.partition, next);
}

async function skipLost(
  options: ConsumeOptions,
  state: PartitionState,
  from: bigint,
  to: bigint,
): Promise<void> {
  // The end of each run of observation is about to change in the tables.
  forget(state);
  await noteLostPolls(options.context.pool, { ...state, partitions: options.partitions }, from, to);
  options.context.metrics.lost_records_total.inc(Number(to - from));
  options.log.warn(
    { topic: state.topic, partition: state.partition, from_offset: `${from}`, to_offset: `${to}` },
    `${to - from} records were removed by Kafka's retention before they were read: the time they cover counts as not observed`,
  );
  state.expected = to;
}

/** Asks Kafka to go on where the database says, for all partitions that have just been assigned. */
export async function seekToPositions(options: ConsumeOptions, ours: number[]): Promise<void> {
  const { cluster_id, topic } = options;
  const offsets = await options.admin.fetchTopicOffsets(topic);
  for (const partition of ours) {
    const found = offsets.find((offset) => offset.partition === partition);
    const position = await readPosition(options.context.pool, { cluster_id, topic, partition });
    if (found === undefined) continue;
    const isThere = position !== null && position >= BigInt(found.low) && position <= BigInt(found.high);
    const offset = isThere ? position.toString() : found.low;
    options.consumer.seek({ topic, partition, offset });
    options.progress.starts(partition, BigInt(offset));
    options.progress.highWatermark(partition, BigInt(found.high));
  }
}
