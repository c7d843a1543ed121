import { setTimeout as wait } from 'node:timers/promises';
import type { EachBatchPayload } from '@velolog/stream/kafka/kafka-types';

/**
 * kafkajs fetches from a broker again only after every batch of the last fetch is done. So a batch that takes long, for
 * whatever reason, would block all partitions of that broker. It is therefore finished aside, with its partition
 * paused, while the others continue. If a batch of the same partition still arrives (after the consumer restarted), it
 * waits for the first.
 */
export type Asides = {
  run(payload: EachBatchPayload, work: () => Promise<void>): Promise<void>;
  /** Settles when no batch is running. */
  settled(): Promise<void>;
};

export function asides(afterMs: number, onError: (error: unknown, partition: number) => void): Asides {
  const running = new Map<number, Promise<void>>();
  return {
    run: async (payload, work) => {
      const { partition } = payload.batch;
      const earlier = running.get(partition);
      const all = (async () => {
        await earlier?.catch(() => {});
        await work();
      })();
      const timer = new AbortController();
      const isDone = await Promise.race([
        all.then(() => true),
        wait(afterMs, false, { signal: timer.signal, ref: false }),
      ]).finally(() => timer.abort());
      if (isDone) return;
      const resume = payload.pause();
      const aside = all
        .catch((error) => onError(error, partition))
        .finally(() => {
          if (running.get(partition) !== aside) return;
          running.delete(partition);
          resume();
        });
      running.set(partition, aside);
    },
    settled: async () => {
      while (running.size > 0) await Promise.allSettled(running.values());
    },
  };
}
