import type { StoreMetrics } from '../metrics.ts';

/**
 * How far each partition has come, for the lag metrics and for the watchdog behind /livez. A partition is here from
 * its first batch or look at the broker until it is assigned to another worker.
 */
export type PartitionProgress = {
  /** The partition goes on at this offset; nothing has been stored of it yet. */
  starts(partition: number, next_offset: bigint): void;
  committed(partition: number, next_offset: bigint, timestamp: number): void;
  highWatermark(partition: number, offset: bigint): void;
  /** The partition waits for the database, on purpose: no restart would help. */
  waiting(partition: number, waits: boolean): void;
  /** Only these are ours now. */
  assigned(partitions: number[]): void;
  /**
   * The partition that has records to read and has not moved for `seconds`, if there is one. While the broker or the
   * database is away none has: no restart of this worker would bring them back.
   */
  stalledFor(seconds: number): number | null;
  /** Sets the lag metrics as of now. */
  observe(): void;
};

type Progress = {
  next_offset: bigint | null;
  high_watermark: bigint;
  /** Stamp of the broker on the last stored record, epoch milliseconds. */
  timestamp: number | null;
  moved_at: number;
  /** When the broker last told its high watermark. */
  looked_at: number;
  waits: boolean;
};

/** A broker that has said nothing for so long is away. */
export const BROKER_SILENCE_MS = 10_000;

export function trackProgress(topic: string, metrics: StoreMetrics): PartitionProgress {
  const partitions = new Map<number, Progress>();
  const at = (partition: number): Progress => {
    let progress = partitions.get(partition);
    if (progress === undefined) {
      progress = {
        next_offset: null,
        high_watermark: 0n,
        timestamp: null,
        moved_at: Date.now(),
        looked_at: Date.now(),
        waits: false,
      };
      partitions.set(partition, progress);
    }
    return progress;
  };
  return {
    starts(partition, next_offset) {
      at(partition).next_offset ??= next_offset;
    },
    committed(partition, next_offset, timestamp) {
      Object.assign(at(partition), { next_offset, timestamp, moved_at: Date.now(), waits: false });
    },
    highWatermark(partition, offset) {
      const progress = partitions.get(partition);
      if (progress === undefined) return; // another worker's
      const wasAway = Date.now() - progress.looked_at > BROKER_SILENCE_MS;
      if (lagOf(progress) === 0n || wasAway) progress.moved_at = Date.now();
      Object.assign(progress, { high_watermark: offset, looked_at: Date.now() });
    },
    waiting(partition, waits) {
      at(partition).waits = waits;
      at(partition).moved_at = Date.now();
    },
    assigned(ours) {
      for (const partition of partitions.keys()) {
        if (ours.includes(partition)) continue;
        partitions.delete(partition);
        metrics.consumer_lag_messages.remove({ topic, partition });
        metrics.consumer_lag_seconds.remove({ topic, partition });
      }
      for (const partition of ours) at(partition);
    },
    stalledFor(seconds) {
      const now = Date.now();
      for (const [partition, progress] of partitions) {
        const { waits, moved_at, looked_at } = progress;
        if (waits || now - looked_at > BROKER_SILENCE_MS) continue;
        if (lagOf(progress) > 0n && now - moved_at > seconds * 1000) return partition;
      }
      return null;
    },
    observe() {
      for (const [partition, progress] of partitions) {
        if (progress.next_offset === null) continue;
        const lag = lagOf(progress);
        metrics.consumer_lag_messages.set({ topic, partition }, Number(lag));
        const waited = Date.now() - (progress.timestamp ?? progress.moved_at);
        metrics.consumer_lag_seconds.set({ topic, partition }, lag === 0n ? 0 : Math.max(0, waited / 1000));
      }
    },
  };
}

function lagOf({ next_offset, high_watermark }: Progress): bigint {
  if (next_offset === null) return high_watermark;
  return high_watermark > next_offset ? high_watermark - next_offset : 0n;
}
