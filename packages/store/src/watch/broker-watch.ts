import type { EndOffsets } from '@velolog/stream/kafka/end-offsets';
import { kafkaErrorType } from '@velolog/stream/kafka/kafka-error';
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
    ends: Pick<EndOffsets, 'read'>;
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
  { ends, progress }: { ends: Pick<EndOffsets, 'read'>; progress: PartitionProgress },
): Promise<void> {
  const offsets = await ends.read();
  sawBroker(watch, { progress });
  for (const [partition, end] of offsets) progress.highWatermark(partition, end);
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
