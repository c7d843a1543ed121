import type { EachBatchPayload } from '@velolog/stream/kafka/kafka-types';
import { runAlways } from '@velolog/stream/kafka/run-always';
import { describeError } from '@velolog/worker/describe-error';
import { untilDone } from '@velolog/worker/until-done';
import type { SystemState } from '../memory/system-state.ts';
import { asides } from './aside.ts';
import { consumeBatch } from './consume-batch.ts';
import { type ConsumeOptions, noCare, type OwnPartition } from './consume-options.ts';
import { seekToPositions } from './open-partition.ts';
import { passMarkers } from './pass-markers.ts';
import { forget } from './store-records.ts';
import { turns } from './turns.ts';

/** kafkajs sends a heartbeat only when one is due, and never by itself while a batch is being processed. */
const HEARTBEAT_LOOK_MS = 1_000;
const ASIDE_AFTER_MS = 2_000;

/**
 * Joins the group and stores what the assigned partitions bring, until the consumer is disconnected.
 *
 * The position in the database decides where a partition continues, whatever offset Kafka's group has committed.
 * States of a partition here:
 * - unknown: `expected` is null: at first, after an error, after another worker moved the position
 * - open: `expected` is the offset of the next record
 * - sought: `expected` was requested from Kafka, so a batch that starts later starts after a hole in the offsets
 * @returns a function whose promise settles when no batch is being processed any more
 */
export async function consume(options: ConsumeOptions): Promise<() => Promise<void>> {
  const { consumer, topic } = options;
  const partitions = new Map<number, OwnPartition>();
  let generation = 0;
  const own = (partition: number): OwnPartition => {
    const state = partitions.get(partition) ?? unknownPartition(options, partition, generation);
    partitions.set(partition, state);
    if (state.generation !== generation) takeOver(state, generation);
    return state;
  };
  const inTurn = turns();
  const aside = asides(options.asideAfterMs ?? ASIDE_AFTER_MS, (error, partition) =>
    giveUpBatch(options, error, partition, partitions.get(partition)),
  );
  options.context.metrics.onCollectSystems(() => systemsOf(partitions.values(), generation));
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    generation += 1;
    takePartitions(options, payload.memberAssignment[topic] ?? []);
  });
  passMarkers(options, { own, generation: () => generation, inTurn });
  // The topic may be in the middle of being recreated.
  await untilDone(`read ${topic}`, () => consumer.subscribe({ topic, fromBeginning: true }), options);
  await runAlways(consumer, {
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async (payload) => {
      const { partition } = payload.batch;
      const ours = generation;
      const isOurs = () => generation === ours;
      try {
        await aside.run(payload, () =>
          withHeartbeats(payload, () =>
            inTurn(partition, () => consumeBatch(options, own(partition), payload, isOurs)),
          ),
        );
      } catch (error) {
        if (!options.signal.aborted) throw error;
      }
    },
  });
  return aside.settled;
}

function giveUpBatch(
  { signal, log }: ConsumeOptions,
  error: unknown,
  partition: number,
  state: OwnPartition | undefined,
): void {
  if (state !== undefined) forget(state);
  if (signal.aborted) return;
  log.warn({ event: 'batch_given_up', partition, ...describeError(error) }, 'A batch was given up');
}

function takePartitions(options: ConsumeOptions, ours: number[]): void {
  options.progress.assigned(ours);
  // Without this, a partition without new records would never learn that the database is behind Kafka's committed
  // offset. If it comes too late or fails, the first batch is answered with the same seek.
  seekToPositions(options, ours).catch((error) =>
    options.log.warn({ event: 'not_sought', ...describeError(error) }, 'Cannot seek to the positions yet'),
  );
}

/**
 * The systems of partitions that had records since the group last changed: the other partitions may belong to another
 * worker now.
 */
function* systemsOf(partitions: Iterable<OwnPartition>, generation: number): Iterable<SystemState> {
  for (const partition of partitions) {
    if (partition.generation === generation) yield* partition.systems.values();
  }
}

function unknownPartition(
  { cluster_id, topic, carries }: ConsumeOptions,
  partition: number,
  generation: number,
): OwnPartition {
  return {
    cluster_id,
    topic,
    partition,
    ...(carries && { carries }),
    expected: null,
    systems: new Map(),
    sought: null,
    generation,
    care: noCare(),
  };
}

/** Another worker may have had the partition in between. */
function takeOver(state: OwnPartition, generation: number): void {
  forget(state);
  Object.assign(state, { sought: null, generation, care: noCare() });
}

/**
 * Sends heartbeats during the work: a slow or silent database is no reason to leave the group. If a heartbeat fails
 * because the group has moved on, the next one in the work itself fails as well.
 */
async function withHeartbeats(payload: EachBatchPayload, work: () => Promise<void>): Promise<void> {
  const timer = setInterval(() => payload.heartbeat().catch(() => {}), HEARTBEAT_LOOK_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}
