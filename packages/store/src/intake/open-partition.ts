import type { Batch } from '@velolog/stream/kafka/kafka-types';
import {
  adoptTopic,
  movePosition,
  PositionMoved,
  readPosition,
  startPosition,
} from '../tables/kafka-position.ts';
import { noteCutBack, noteLostPolls, noteTopicMadeAnew, positionLeft } from '../tables/lost-polls.ts';
import type { ConsumeOptions } from './consume-options.ts';
import { forget, type PartitionState } from './store-records.ts';

/** Offsets of a batch, and the leader epoch of its first record that is not stored yet. */
export type BatchPlace = Pick<Batch, 'partition' | 'highWatermark'> & { leader_epoch?: number | null };

/**
 * Reads the position from the database if it is unknown, and reconciles it with what Kafka has now: another topic of
 * this name, a log that lost its end, or one that lost its beginning. `topic_id` is the id read after the batch
 * arrived.
 */
export async function openPartition(
  options: ConsumeOptions,
  state: PartitionState,
  batch: BatchPlace,
  topic_id: string | null,
): Promise<bigint> {
  if (state.expected !== null && isSameLog(state, batch, topic_id)) return state.expected;
  forget(state);
  const { low, high } = await offsetsOf(options, batch.partition);
  let position = await readPosition(options.context.pool, state);
  const isEarlierVersion = position?.topic_id === null && topic_id !== null;
  const endsBefore =
    position !== null && position.next_offset > high && position.next_offset > BigInt(batch.highWatermark);
  const isAnother = position !== null && position.topic_id !== topic_id && !isEarlierVersion;
  if (isAnother || (endsBefore && (topic_id === null || isEarlierVersion))) {
    await leaveTopic(options, state, topic_id, 'all');
    position = null;
  } else if (position === null && topic_id !== null) {
    // The old topic may have had fewer partitions. What it left of the others is settled first; otherwise a system that
    // changes its partition would continue as if nothing were missing.
    await leaveTopic(options, state, topic_id, 'known');
  }
  Object.assign(state, { topic_id, leader_epoch: position?.leader_epoch ?? null });
  if (position === null) {
    await startAt(options, state, low);
  } else {
    if (isEarlierVersion) await adoptTopic(options.context.pool, { ...state, topic_id });
    if (position.next_offset < low) await skipLost(options, state, position.next_offset, low);
    else await settleEnd(options, state, batch, position.next_offset, high);
  }
  return state.expected ?? low;
}

function isSameLog(state: PartitionState, batch: BatchPlace, topic_id: string | null): boolean {
  const epoch = batch.leader_epoch ?? null;
  return (
    (state.topic_id ?? null) === topic_id &&
    state.expected !== null &&
    state.expected <= BigInt(batch.highWatermark) &&
    (epoch === null || (state.leader_epoch ?? null) === null || epoch === state.leader_epoch)
  );
}

async function startAt(options: ConsumeOptions, state: PartitionState, low: bigint): Promise<void> {
  const { pool } = options.context;
  const topic_id = state.topic_id ?? null;
  const left = topic_id === null ? null : await positionLeft(pool, { ...state, topic_id });
  await startPosition(pool, { ...state, topic_id }, left !== null && left > low ? left : low);
  const position = await readPosition(pool, state);
  if (position?.topic_id !== topic_id)
    throw new PositionMoved('Another worker reads another topic of this name');
  state.expected = position.next_offset;
}

async function leaveTopic(
  options: ConsumeOptions,
  { cluster_id, topic, partition, carries }: PartitionState,
  topic_id: string | null,
  of: 'all' | 'known',
): Promise<void> {
  if (!(await noteTopicMadeAnew(options.context.pool, { cluster_id, topic, topic_id, of, carries }))) return;
  // Nobody knows how many records were lost, but at least the metric is no longer 0.
  options.context.metrics.lost_records_total.inc();
  options.log.warn(
    { event: 'topic_made_anew', topic, partition, topic_id },
    'The topic was deleted and recreated. It is read from the beginning; unread records of the old topic count as not observed',
  );
}

/**
 * Checks whether the log still holds what was read. A log that lost its end has a newer leader than the last record
 * read; the records of that record's leader end before the position. The log may have grown past the position since.
 */
async function settleEnd(
  options: ConsumeOptions,
  state: PartitionState,
  batch: BatchPlace,
  position: bigint,
  high: bigint,
): Promise<void> {
  const read_epoch = state.leader_epoch ?? null;
  const known =
    read_epoch === null ? null : await options.logs.endOfEpoch(state.topic, state.partition, read_epoch);
  // Without the epoch, only an end before the position shows it.
  const end = known ?? (high > BigInt(batch.highWatermark) ? high : BigInt(batch.highWatermark));
  if (end >= position) {
    if (read_epoch !== null && known !== null) state.leader_epoch = batch.leader_epoch ?? read_epoch;
    state.expected = position;
    return;
  }
  const lost = {
    ...state,
    topic_id: state.topic_id ?? null,
    leader_epoch: null,
    partitions: await options.logs.partitions(state.topic),
  };
  await noteCutBack(options.context.pool, lost, position, end);
  options.context.metrics.lost_records_total.inc(Number(position - end));
  options.log.warn(
    {
      event: 'log_cut_back',
      topic: state.topic,
      partition: state.partition,
      from_offset: `${end}`,
      to_offset: `${position}`,
    },
    'The log lost its end, as after a power cut. Reading continues from there; lost records that were not read count as not observed',
  );
  state.leader_epoch = batch.leader_epoch ?? read_epoch;
  state.expected = end;
}

/** The broker's offsets of the partition: from `low` up to, not including, `high`. */
async function offsetsOf(options: ConsumeOptions, partition: number): Promise<{ low: bigint; high: bigint }> {
  const offsets = await options.admin.fetchTopicOffsets(options.topic);
  const found = offsets.find((offset) => offset.partition === partition);
  return { low: BigInt(found?.low ?? 0), high: BigInt(found?.high ?? 0) };
}

/**
 * Continues after offsets that Kafka does not return. Either retention has removed the records, even while this worker
 * was reading, or there are none, because offsets may have holes (compaction, transactions).
 * @returns false when the batch must be looked at again
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

async function skipLost(
  options: ConsumeOptions,
  state: PartitionState,
  from: bigint,
  to: bigint,
): Promise<void> {
  // The end of each run of observation is about to change in the tables.
  forget(state);
  const { topic_id = null, leader_epoch = null } = state;
  const partitions = await options.logs.partitions(state.topic);
  const lost = { ...state, topic_id, leader_epoch, partitions };
  await noteLostPolls(options.context.pool, lost, from, to);
  options.context.metrics.lost_records_total.inc(Number(to - from));
  options.log.warn(
    {
      event: 'records_lost',
      topic: state.topic,
      partition: state.partition,
      from_offset: `${from}`,
      to_offset: `${to}`,
    },
    `${to - from} records were removed by Kafka's retention before they were read: the time they cover counts as not observed`,
  );
  state.expected = to;
}

/** Asks Kafka to continue at the database's position, for all partitions that have just been assigned. */
export async function seekToPositions(options: ConsumeOptions, ours: number[]): Promise<void> {
  const { cluster_id, topic } = options;
  const offsets = await options.admin.fetchTopicOffsets(topic);
  const topic_id = await options.logs.topicId(topic);
  for (const partition of ours) {
    const found = offsets.find((offset) => offset.partition === partition);
    const position = await readPosition(options.context.pool, { cluster_id, topic, partition });
    if (found === undefined) continue;
    const { next_offset, topic_id: of } = position ?? { next_offset: -1n, topic_id: null };
    const isThere = next_offset >= BigInt(found.low) && next_offset <= BigInt(found.high);
    const offset = isThere && (of === null || of === topic_id) ? next_offset.toString() : found.low;
    options.consumer.seek({ topic, partition, offset });
    options.progress.starts(partition, BigInt(offset));
    options.progress.highWatermark(partition, BigInt(found.high));
  }
}
