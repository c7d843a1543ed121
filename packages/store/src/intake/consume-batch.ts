import type { Batch, EachBatchPayload, KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import type { ConsumeOptions, OwnPartition } from './consume-options.ts';
import { cutChunk } from './cut-chunk.ts';
import { type BatchPlace, openPartition, skipGap } from './open-partition.ts';
import { retrying, succeeded } from './retry.ts';
import { storeChunk } from './store-chunk.ts';
import { leaderEpochOf } from './store-records.ts';

/**
 * Stores a batch from the position in the database onward, chunk by chunk. A batch that does not start there is
 * answered with a seek. Ends early when the partition is no longer assigned to us.
 */
export async function consumeBatch(
  options: ConsumeOptions,
  state: OwnPartition,
  payload: EachBatchPayload,
  isOurs: () => boolean,
): Promise<void> {
  const { batch } = payload;
  let rest = batch.messages;
  const topic_id = await retrying(options, payload, () => options.logs.topicId(batch.topic));
  const isChecked = state.checked === topic_id;
  state.checked = topic_id;
  while (rest.length > 0 && isOurs() && payload.isRunning() && !payload.isStale()) {
    const place = placeOf(batch, rest, state);
    const expected = await retrying(options, payload, () => openPartition(options, state, place, topic_id));
    rest = skipStored(options, rest, expected);
    const first = rest[0] === undefined ? null : BigInt(rest[0].offset);
    // A batch belongs to a topic only if that topic existed both before and after the fetch.
    if (!isChecked || first === null || (first > expected && state.sought !== expected)) {
      state.sought = expected;
      options.consumer.seek({ topic: batch.topic, partition: batch.partition, offset: expected.toString() });
      return;
    }
    if (
      first > expected &&
      !(await retrying(options, payload, () => skipGap(options, state, expected, first)))
    )
      continue;
    await payload.heartbeat();
    const chunk = cutChunk(rest, state.care);
    const last = chunk.at(-1) as KafkaMessage;
    const next = nextOffset(payload, last);
    options.progress.reads(payload.batch.partition, Number(rest[0]?.timestamp));
    if (!(await storeChunk(options, state, payload, chunk, next))) continue;
    succeeded(payload);
    state.sought = null;
    rest = rest.slice(chunk.length);
    await committed(options, payload, last, next);
  }
}

function placeOf(batch: Batch, rest: KafkaMessage[], { expected }: OwnPartition): BatchPlace {
  const next = expected === null ? rest[0] : rest.find(({ offset }) => BigInt(offset) >= expected);
  return {
    partition: batch.partition,
    highWatermark: batch.highWatermark,
    leader_epoch: next === undefined ? null : leaderEpochOf(next),
  };
}

function skipStored(options: ConsumeOptions, messages: KafkaMessage[], expected: bigint): KafkaMessage[] {
  const start = messages.findIndex((message) => BigInt(message.offset) >= expected);
  if (start === 0) return messages;
  const skipped = start === -1 ? messages.length : start;
  options.context.metrics.records_total.inc({ result: 'skipped' }, skipped);
  return messages.slice(skipped);
}

/**
 * The last record of a batch may be followed by something that is not a record: the marker that ends a transaction, or aborted
 * records.
 */
function nextOffset({ batch }: EachBatchPayload, last: KafkaMessage): bigint {
  return BigInt(last === batch.messages.at(-1) ? batch.lastOffset() : last.offset) + 1n;
}

async function committed(
  options: ConsumeOptions,
  { batch, resolveOffset, heartbeat }: EachBatchPayload,
  last: KafkaMessage,
  next: bigint,
): Promise<void> {
  options.progress.committed(batch.partition, next, Number(last.timestamp));
  resolveOffset(last.offset);
  await options.consumer
    .commitOffsets([{ topic: batch.topic, partition: batch.partition, offset: next.toString() }])
    .catch(rethrowProtocolError);
  await heartbeat();
}

/**
 * kafkajs wraps errors that it does not retry, and then no longer sees that the group has moved on (another generation,
 * an unknown member). It would end the consumer for good, although rejoining is all it takes.
 */
function rethrowProtocolError(error: Error): never {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('type' in cause) throw cause;
  }
  throw error;
}
