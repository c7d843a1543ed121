import type { StoreMetrics } from '../metrics.ts';

type Progress = {
  next_offset: bigint | null;
  high_watermark: bigint;
  /** The broker's timestamp on the oldest record that waits, epoch milliseconds; null while it is not read. */
  oldest: number | null;
  /** No record that waits is older: the broker's timestamp on the last stored one, or when none waited. Epoch milliseconds. */
  none_before: number;
  moved_at: number;
  /** When the broker last reported its high watermark. */
  looked_at: number;
};

/** A broker that has been silent for this long is away. */
export const BROKER_SILENCE_MS = 10_000;

/**
 * How far each partition has come, for the lag metrics and the watchdog behind /livez. A partition is here from its
 * first batch or check of the broker until it is assigned to another worker.
 */
export class PartitionProgress {
  readonly #topic: string;
  readonly #metrics: Pick<StoreMetrics, 'consumer_lag_messages' | 'consumer_lag_seconds'>;
  readonly #partitions = new Map<number, Progress>();
  #joinsSince: number | null = null;
  #answeredAt = Date.now();

  constructor(topic: string, metrics: Pick<StoreMetrics, 'consumer_lag_messages' | 'consumer_lag_seconds'>) {
    this.#topic = topic;
    this.#metrics = metrics;
  }

  /** The partition continues at this offset; none of its records has been stored yet. */
  starts(partition: number, next_offset: bigint): void {
    this.#at(partition).next_offset ??= next_offset;
  }

  /** This record of the partition is the next to be stored, with the broker's timestamp, epoch milliseconds. */
  reads(partition: number, oldest: number): void {
    this.#at(partition).oldest = oldest;
  }

  committed(partition: number, next_offset: bigint, timestamp: number): void {
    const none_before = Math.max(this.#at(partition).none_before, timestamp);
    Object.assign(this.#at(partition), { next_offset, none_before, oldest: null, moved_at: Date.now() });
  }

  /** There was no record before this offset. */
  passed(partition: number, next_offset: bigint): void {
    Object.assign(this.#at(partition), { next_offset, moved_at: Date.now() });
  }

  highWatermark(partition: number, offset: bigint): void {
    const progress = this.#partitions.get(partition);
    if (progress === undefined) return; // another worker's
    const wasAway = Date.now() - progress.looked_at > BROKER_SILENCE_MS;
    if (lagOf(progress) === 0n || wasAway) progress.moved_at = Date.now();
    Object.assign(progress, { high_watermark: offset, looked_at: Date.now() });
    if (lagOf(progress) === 0n) progress.none_before = Date.now();
  }

  /** The broker answered, but without the ends of the partitions. */
  answered(): void {
    const now = Date.now();
    if (now - this.#answeredAt > BROKER_SILENCE_MS && this.#joinsSince !== null) this.#joinsSince = now;
    this.#answeredAt = now;
    for (const progress of this.#partitions.values()) {
      if (now - progress.looked_at > BROKER_SILENCE_MS) progress.moved_at = now;
      progress.looked_at = now;
    }
  }

  /** The database is known to be away: no partition can progress, and no restart would help. */
  held(): void {
    for (const progress of this.#partitions.values()) progress.moved_at = Date.now();
  }

  /** The worker joins the group, or joins it again; nothing is read until `assigned`. */
  joining(): void {
    this.#joinsSince ??= Date.now();
  }

  /** From now on this worker has only these partitions. */
  assigned(ours: number[]): void {
    this.#joinsSince = null;
    for (const partition of this.#partitions.keys()) {
      if (ours.includes(partition)) continue;
      this.#partitions.delete(partition);
      const labels = { topic: this.#topic, partition };
      this.#metrics.consumer_lag_messages.remove(labels);
      this.#metrics.consumer_lag_seconds.remove(labels);
    }
    for (const partition of ours) this.#at(partition);
  }

  /**
   * The partition, if any, that has records to read and has not progressed for `seconds`, whatever it waits for. None
   * while the broker or the database is away: restarting this worker would not bring them back.
   */
  stalledFor(seconds: number): number | null {
    const now = Date.now();
    for (const [partition, progress] of this.#partitions) {
      const { moved_at, looked_at } = progress;
      if (now - looked_at > BROKER_SILENCE_MS) continue;
      if (lagOf(progress) > 0n && now - moved_at > seconds * 1000) return partition;
    }
    return null;
  }

  /** Whether this worker has been trying to join the group for `seconds`, with a broker that answers. */
  joinsFor(seconds: number): boolean {
    const now = Date.now();
    if (this.#joinsSince === null || now - this.#answeredAt > BROKER_SILENCE_MS) return false;
    return now - this.#joinsSince > seconds * 1000;
  }

  /** Sets the lag metrics to their current values. */
  observe(): void {
    for (const [partition, progress] of this.#partitions) {
      if (progress.next_offset === null) continue;
      const labels = { topic: this.#topic, partition };
      const lag = lagOf(progress);
      this.#metrics.consumer_lag_messages.set(labels, Number(lag));
      const waitedMs = Date.now() - (progress.oldest ?? progress.none_before);
      this.#metrics.consumer_lag_seconds.set(labels, lag === 0n ? 0 : Math.max(0, waitedMs / 1000));
    }
  }

  #at(partition: number): Progress {
    let progress = this.#partitions.get(partition);
    if (progress === undefined) {
      progress = {
        next_offset: null,
        high_watermark: 0n,
        oldest: null,
        // Not known before the first record is read: it has waited at least since then.
        none_before: Date.now(),
        moved_at: Date.now(),
        looked_at: Date.now(),
      };
      this.#partitions.set(partition, progress);
    }
    return progress;
  }
}

function lagOf({ next_offset, high_watermark }: Progress): bigint {
  if (next_offset === null) return high_watermark;
  return high_watermark > next_offset ? high_watermark - next_offset : 0n;
}
