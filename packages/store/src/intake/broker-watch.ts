import { setTimeout as wait } from 'node:timers/promises';
import type { Admin } from '@velolog/stream/kafka-types';
import type { PartitionProgress } from './progress.ts';

/**
 * Looks at the broker every few seconds: batches tell the lag only while they arrive, and a broker that is away
 * sends none. `seen_at` is when it last answered.
 */
export type BrokerWatch = { seen_at: number | null };

const LOOK_INTERVAL_MS = 3_000;

export async function watchBrokerForever(
  watch: BrokerWatch,
  options: { admin: Admin; topic: string; progress: PartitionProgress; signal: AbortSignal },
): Promise<void> {
  while (!options.signal.aborted) {
    await lookOnce(watch, options).catch(() => {
      // Not an event: /readyz says how long ago the broker last answered.
    });
    await wait(LOOK_INTERVAL_MS, undefined, { signal: options.signal, ref: false }).catch(() => {});
  }
}

async function lookOnce(
  watch: BrokerWatch,
  { admin, topic, progress }: { admin: Admin; topic: string; progress: PartitionProgress },
): Promise<void> {
  for (const { partition, high } of await admin.fetchTopicOffsets(topic))
    progress.highWatermark(partition, BigInt(high));
  watch.seen_at = Date.now();
  progress.observe();
}
