import type { StoreMetrics } from '../metrics.ts';

/**
 * How far each partition has come, for the lag metrics and for the watchdog behind /livez. A partition is here from
 * its first batch or look at the broker until it is assigned to another worker.
 */
export type PartitionProgress = {
  /** The partition goes on at this offset; nothing has been stored of it yet. */
  starts(partition: number, next_offset: bigint): void;
  committed(partition: number, next_offset: bigint, timestamp: number): void;
  /** What lay before this offset was no record. */
  passed(partition: number, next_offset: bigint): void;
  highWatermark(partition: number, offset: bigint): void;
  /** The broker answered, without saying where the partitions end. */
  answered(): void;
  /** The database is known to be away: no partition can move, and no restart would help. */
  held(): void;
  /** The group is joined, or joined again; nothing is read until `assigned`. */
  joining(): void;
  /** Only these are ours now. */
  assigned(partitions: number[]): void;
  /**
   * The partition that has records to read and has not moved for `seconds`, whatever it waits for, if there is one. While the
   * broker or the database is away none has: no restart of this worker would bring them back.
   */
  stalledFor(seconds: number): number | null;
  /** Whether this worker has tried to join the group for `seconds`, with a broker that answers. */
  joinsFor(seconds: number): boolean;
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
};

/** A broker that has said nothing for so long is away. */
export const BROKER_SILENCE_MS = 10_000;

export function trackProgress(topic: string, metrics: StoreMetrics): PartitionProgress {
  const partitions = new Map<number, Progress>();
  let joins_since: number | null = null;
  let answered_at = Date.now();
  const at = (partition: number): Progress => {
    let progress = partitions.get(partition);
    if (progress === undefined) {
      progress = {
        next_offset: null,
        high_watermark: 0n,
        timestamp: null,
        moved_at: Date.now(),
        looked_at: Date.now(),
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
      Object.assign(at(partition), { next_offset, timestamp, moved_at: Date.now() });
    },
    passed(partition, next_offset) {
      Object.assign(at(partition), { next_offset, moved_at: Date.now() });
    },
    highWatermark(partition, offset) {
      const progress = partitions.get(partition);
      if (progress === undefined) return; // another worker's
      const wasAway = Date.now() - progress.looked_at > BROKER_SILENCE_MS;
      if (lagOf(progress) === 0n || wasAway) progress.moved_at = Date.now();
      Object.assign(progress, { high_watermark: offset, looked_at: Date.now() });
    },
    answered() {
      const now = Date.now();
      if (now - answered_at > BROKER_SILENCE_MS && joins_since !== null) joins_since = now;
      answered_at = now;
      for (const progress of partitions.values()) {
        if (now - progress.looked_at > BROKER_SILENCE_MS) progress.moved_at = now;
        progress.looked_at = now;
      }
    },
    held() {
      for (const progress of partitions.values()) progress.moved_at = Date.now();
    },
    joining() {
      joins_since ??= Date.now();
    },
    assigned(ours) {
      joins_since = null;
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
        const { moved_at, looked_at } = progress;
        if (now - looked_at > BROKER_SILENCE_MS) continue;
        if (lagOf(progress) > 0n && now - moved_at > seconds * 1000) return partition;
      }
      return null;
    },
    joinsFor(seconds) {
      const now = Date.now();
      if (joins_since === null || now - answered_at > BROKER_SILENCE_MS) return false;
      return now - joins_since > seconds * 1000;
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
