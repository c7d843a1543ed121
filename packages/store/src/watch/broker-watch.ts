import { kafkaErrorType } from '@velolog/stream/kafka/kafka-error';
import type { Admin } from '@velolog/stream/kafka/kafka-types';
import { forever } from '@velolog/worker/forever';
import type { Log } from '@velolog/worker/log';
import type { PartitionProgress } from './progress.ts';

/**
 * Checks the broker every few seconds: batches give the lag only while they arrive, and a broker that is away sends
 * none. `seen_at` is when it last answered.
 */
export type BrokerWatch = { seen_at: number | null };

const LOOK_INTERVAL_SECONDS = 3;

export function watchBrokerForever(
  watch: BrokerWatch,
  {
    signal,
    log,
    ...options
  }: {
    admin: Admin;
    topic: string;
    progress: PartitionProgress;
    signal: AbortSignal;
    log: Pick<Log, 'warn'>;
  },
): Promise<void> {
  const look = () =>
    lookOnce(watch, options).catch((error) => {
      // Not logged as an event: /readyz says how long ago the broker last answered. A broker that answers with an error
      // is not away.
      if (isAnswer(error)) sawBroker(watch, options);
    });
  return forever(LOOK_INTERVAL_SECONDS, look, { what: 'look at the broker', signal, log });
}

async function lookOnce(
  watch: BrokerWatch,
  { admin, topic, progress }: { admin: Admin; topic: string; progress: PartitionProgress },
): Promise<void> {
  const offsets = await admin.fetchTopicOffsets(topic);
  sawBroker(watch, { progress });
  for (const { partition, high } of offsets) progress.highWatermark(partition, BigInt(high));
  progress.observe();
}

function sawBroker(watch: BrokerWatch, { progress }: { progress: PartitionProgress }): void {
  watch.seen_at = Date.now();
  progress.answered();
}

/** An error that the broker itself sent, except those that mean that another broker, the leader of a partition, is away. */
function isAnswer(error: unknown): boolean {
  const type = kafkaErrorType(error);
  return type !== null && !LEADERLESS.has(type);
}

const LEADERLESS = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'REPLICA_NOT_AVAILABLE',
  'BROKER_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
]);
