import { setTimeout as wait } from 'node:timers/promises';
import type { ConsumerEndBatchProcessEvent } from '@velolog/stream/kafka/kafka-types';
import { describeError } from '@velolog/worker/describe-error';
import type { ConsumeOptions, OwnPartition } from './consume-options.ts';
import { causeOf } from './failure-cause.ts';
import { openPartition, skipGap } from './open-partition.ts';
import { forget } from './store-records.ts';
import type { Turns } from './turns.ts';

/** A batch in which Kafka sent no records, only transaction markers or aborted records. */
type EmptyBatch = ConsumerEndBatchProcessEvent['payload'];

const AGAIN_AFTER_MS = 1_000;

/**
 * Moves past batches in which Kafka sent only transaction markers, which kafkajs passes to nobody. kafkajs reports each
 * such batch once and continues, so a failure is answered with another seek: otherwise a partition that ends with a
 * marker would lag forever.
 */
export function passMarkers(
  options: ConsumeOptions,
  group: { own: (partition: number) => OwnPartition; generation: () => number; inTurn: Turns },
): void {
  const { consumer, topic, log, signal } = options;
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.topic !== topic || payload.batchSize > 0 || payload.firstOffset === null) return;
    const { partition, firstOffset } = payload;
    const ours = group.generation();
    const isOurs = () => group.generation() === ours && !signal.aborted;
    const move = async (): Promise<void> => {
      if (!isOurs()) return;
      const state = group.own(partition);
      try {
        await movePast(options, state, payload);
      } catch (error) {
        forget(state);
        throw error;
      }
    };
    group.inTurn(partition, move).catch(async (error: unknown) => {
      if (!isOurs()) return;
      options.context.metrics.batch_failures_total.inc({ cause: causeOf(error) });
      const line = { event: 'position_not_moved', partition, ...describeError(error) };
      log.warn(line, 'Cannot move past a transaction marker yet, trying again');
      await wait(AGAIN_AFTER_MS, undefined, { signal }).catch(() => {});
      if (isOurs()) consumer.seek({ topic, partition, offset: firstOffset });
    });
  });
}

/** Like consumeBatch: a batch that starts after the position is sought once. If it arrives again, nothing lies before it. */
async function movePast(options: ConsumeOptions, state: OwnPartition, batch: EmptyBatch): Promise<void> {
  const { topic, partition } = batch;
  const [first, next] = [BigInt(batch.firstOffset), BigInt(batch.lastOffset) + 1n];
  const topic_id = await options.logs.topicId(topic);
  const isChecked = state.checked === topic_id;
  state.checked = topic_id;
  for (;;) {
    const expected = await openPartition(options, state, batch, topic_id);
    if (!isChecked || (first > expected && state.sought !== expected)) {
      state.sought = expected;
      options.consumer.seek({ topic, partition, offset: expected.toString() });
      return;
    }
    if (expected >= next) return;
    if (await skipGap(options, state, expected, next)) break;
  }
  options.progress.passed(partition, next);
}
