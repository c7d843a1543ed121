import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, Consumer, EachBatchPayload, KafkaMessage } from '@velolog/stream/kafka-types';
import { describeError } from '@velolog/worker/describe-error';
import type { SystemState } from '../memory/system-state.ts';
import { PositionMoved } from '../tables/kafka-position.ts';
import { openPartition, seekToPositions, skipGap } from './open-partition.ts';
import type { PartitionProgress } from './progress.ts';
import { forget, type PartitionState, type StoreContext, storeRecords } from './store-records.ts';

export type ConsumeOptions = {
  context: StoreContext;
  consumer: Consumer;
  admin: Admin;
  cluster_id: string;
  topic: string;
  partitions: number;
  progress: PartitionProgress;
  signal: AbortSignal;
  log: ConsumeLog;
};

export type ConsumeLog = {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
};

/** Bounds what one transaction holds in memory; a body of 32 MiB still gets a transaction of its own. */
const BYTES_PER_TRANSACTION_MAX = 4 * 1024 * 1024;
const RECORDS_PER_TRANSACTION_MAX = 500;
/** kafkajs sends a heartbeat only when one is due, and never by itself while a batch is at hand. */
const HEARTBEAT_LOOK_MS = 1_000;

/**
 * Joins the group and stores what the assigned partitions bring, until the consumer is disconnected.
 *
 * The position in the database decides where a partition goes on, whatever offset Kafka's group has committed. A
 * batch that does not start there is answered with a seek. States of a partition here:
 *   unknown   `expected` is null: at first, after an error, after another worker moved the position
 *   open      `expected` is the offset of the next record
 *   sought    `expected` was asked of Kafka, so a batch that starts later starts after a hole in the offsets
 */
export async function consume(options: ConsumeOptions): Promise<void> {
  const partitions = new Map<number, SoughtPartition>();
  let generation = 0;
  options.context.metrics.onCollectSystems(() => systemsOf(partitions.values(), generation));
  options.consumer.on(options.consumer.events.GROUP_JOIN, ({ payload }) => {
    generation += 1;
    const ours = payload.memberAssignment[options.topic] ?? [];
    options.progress.assigned(ours);
    // Without this, a partition in which nothing new arrives would never learn that the database is behind Kafka's
    // committed offset. Where it comes too late or fails, the first batch is answered with the same seek.
    seekToPositions(options, ours).catch((error) =>
      options.log.warn(describeError(error), 'Cannot seek to the positions yet'),
    );
  });
  await options.consumer.subscribe({ topic: options.topic, fromBeginning: true });
  await options.consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async (payload) => {
      const { partition } = payload.batch;
      const state = partitions.get(partition) ?? unknownPartition(options, partition, generation);
      partitions.set(partition, state);
      if (state.generation !== generation) {
        // Another worker may have had the partition in between.
        forget(state);
        Object.assign(state, { sought: null, generation });
      }
      try {
        await beating(payload, () => consumeBatch(options, state, payload));
      } catch (error) {
        if (!options.signal.aborted) throw error;
      }
    },
  });
}

/** Those of partitions that had records since the group last changed: the others may be another worker's now. */
function* systemsOf(partitions: Iterable<SoughtPartition>, generation: number): Iterable<SystemState> {
  for (const partition of partitions) {
    if (partition.generation === generation) yield* partition.systems.values();
  }
}

type SoughtPartition = PartitionState & { sought: bigint | null; generation: number };

function unknownPartition(
  { cluster_id, topic }: ConsumeOptions,
  partition: number,
  generation: number,
): SoughtPartition {
  return { cluster_id, topic, partition, expected: null, systems: new Map(), sought: null, generation };
}

/**
 * The heart beats while the work takes its time: a database that answers slowly or not at all is no reason to leave
 * the group. An error of these heartbeats (the group has moved on) comes again with the next one in the work itself.
 */
async function beating(payload: EachBatchPayload, work: () => Promise<void>): Promise<void> {
  const timer = setInterval(() => payload.heartbeat().catch(() => {}), HEARTBEAT_LOOK_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}

async function consumeBatch(
  options: ConsumeOptions,
  state: SoughtPartition,
  payload: EachBatchPayload,
): Promise<void> {
  const { batch, isRunning, isStale } = payload;
  let rest = batch.messages;
  let attempt = 0;
  while (rest.length > 0 && isRunning() && !isStale()) {
    const expected = await retrying(options, payload, () => openPartition(options, state, batch));
    const start = rest.findIndex((message) => BigInt(message.offset) >= expected);
    if (start !== 0) {
      options.context.metrics.records_total.inc({ result: 'skipped' }, start === -1 ? rest.length : start);
    }
    rest = start === -1 ? [] : rest.slice(start);
    const first = rest[0] === undefined ? null : BigInt(rest[0].offset);
    if (first === null || (first > expected && state.sought !== expected)) {
      state.sought = expected;
      options.consumer.seek({ topic: batch.topic, partition: batch.partition, offset: expected.toString() });
      return;
    }
    const chunk = nextChunk(rest);
    if (
      first > expected &&
      !(await retrying(options, payload, () => skipGap(options, state, expected, first)))
    )
      continue;
    await payload.heartbeat();
    try {
      if (!(await storeChunk(options, state, chunk))) continue;
    } catch (error) {
      // Whether the transaction was committed may not be known: the position in the database tells.
      forget(state);
      await beforeRetry(options, payload, ++attempt, error);
      continue;
    }
    attempt = 0;
    state.sought = null;
    rest = rest.slice(chunk.length);
    await committed(options, state, payload, chunk);
  }
}

async function committed(
  options: ConsumeOptions,
  state: PartitionState,
  { batch, resolveOffset, heartbeat }: EachBatchPayload,
  chunk: KafkaMessage[],
): Promise<void> {
  const last = chunk.at(-1);
  if (last === undefined || state.expected === null) return;
  options.progress.committed(batch.partition, state.expected, Number(last.timestamp));
  options.progress.highWatermark(batch.partition, BigInt(batch.highWatermark));
  resolveOffset(last.offset);
  const offset = state.expected.toString();
  await options.consumer
    .commitOffsets([{ topic: batch.topic, partition: batch.partition, offset }])
    .catch(rethrowProtocolError);
  await heartbeat();
}

/**
 * kafkajs wraps what it does not try again, and then no longer sees that the group has moved on (another generation,
 * a member it does not know): it would end the consumer for good, where joining again is all that is needed.
 */
function rethrowProtocolError(error: Error): never {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('type' in cause) throw cause;
  }
  throw error;
}

function nextChunk(messages: KafkaMessage[]): KafkaMessage[] {
  let bytes = 0;
  let count = 0;
  for (const message of messages) {
    bytes += message.value?.length ?? 0;
    if (count > 0 && (bytes > BYTES_PER_TRANSACTION_MAX || count === RECORDS_PER_TRANSACTION_MAX)) break;
    count += 1;
  }
  return messages.slice(0, count);
}

/**
 * Stores a chunk. Records that the database refuses for what they say are found by storing one at a time, and go to the
 * dead letters. Returns false when another worker has moved the position: what it has stored is not this one's to store.
 */
async function storeChunk(
  options: ConsumeOptions,
  state: PartitionState,
  chunk: KafkaMessage[],
): Promise<boolean> {
  const { expected } = state;
  try {
    await storeRecords(options.context, state, chunk);
    return true;
  } catch (error) {
    if (isRefusal(error)) return storeOneByOne(options, state, chunk, expected);
    if (!(error instanceof PositionMoved)) throw error;
    options.context.metrics.batch_failures_total.inc({ cause: 'position_moved' });
    options.log.warn({ partition: state.partition }, error.message);
    return false;
  }
}

async function storeOneByOne(
  options: ConsumeOptions,
  state: PartitionState,
  chunk: KafkaMessage[],
  expected: bigint | null,
): Promise<boolean> {
  state.expected = expected;
  for (const message of chunk) {
    const here: bigint | null = state.expected;
    try {
      await storeRecords(options.context, state, [message]);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      options.log.warn(
        { partition: state.partition, offset: message.offset, ...describeError(error) },
        'The database refuses a record: it goes to the dead letters',
      );
      state.expected = here;
      await storeRecords(options.context, state, [message], true);
    }
  }
  return true;
}

async function retrying<T>(
  options: ConsumeOptions,
  payload: EachBatchPayload,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      await beforeRetry(options, payload, attempt, error);
    }
  }
}

/**
 * Waits 0.1 s, 0.2 s, … up to 5 s, with the heart beating, so that the group stays as it is while the database is away.
 * A heartbeat that throws says that the group has moved on: that error ends the batch.
 */
async function beforeRetry(
  options: ConsumeOptions,
  payload: EachBatchPayload,
  attempt: number,
  error: unknown,
): Promise<void> {
  options.context.metrics.batch_failures_total.inc({ cause: 'database' });
  options.progress.waiting(payload.batch.partition, true);
  options.log.warn(
    { partition: payload.batch.partition, attempt, ...describeError(error) },
    'Cannot store records, trying again',
  );
  await wait(Math.min(5_000, 100 * 2 ** (attempt - 1)), undefined, { signal: options.signal });
  await payload.heartbeat();
  if (!payload.isRunning() || payload.isStale())
    throw new Error('Stopped while waiting for the database', { cause: error });
  options.progress.waiting(payload.batch.partition, false);
}

/** SQLSTATE classes 22 (the data cannot be) and 23 (a constraint forbids it): no retry makes them pass. */
function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && /^2[23]...$/.test(code)) return true;
  }
  return false;
}
