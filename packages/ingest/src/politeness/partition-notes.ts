import type { PartitionReader, ReadRecord } from '@velolog/stream/kafka/partition-reader';
import { POLITENESS_TOPIC, type PolitenessRecord } from '@velolog/stream/politeness-topic';

/** Short, so that a stop takes effect soon. */
const WAIT_MS_MAX = 500;

/** One partition of velolog.politeness as far as it has been read: the latest record of each key. */
export class PartitionNotes {
  readonly partition: number;
  readonly #reader: PartitionReader;
  readonly #newest = new Map<string, ReadRecord>();
  #nextOffset: bigint;

  constructor(reader: PartitionReader, partition: number, firstOffset: bigint) {
    this.#reader = reader;
    this.partition = partition;
    this.#nextOffset = firstOffset;
  }

  get records(): ReadRecord[] {
    return [...this.#newest.values()];
  }

  /** Reads the records that follow; waits when there are none yet. */
  async readOn(waitMs = WAIT_MS_MAX): Promise<ReadRecord[]> {
    const { records, next } = await this.#reader.read(
      POLITENESS_TOPIC,
      this.partition,
      this.#nextOffset,
      Math.min(waitMs, WAIT_MS_MAX),
    );
    this.#nextOffset = next;
    for (const record of records) this.#newest.set(record.key, record);
    return records;
  }

  /**
   * Reads until these records, which were just written, have all come back: by then everything written before them has
   * been read. Returns the broker's time of the last one.
   */
  async readUpTo(marks: PolitenessRecord[], signal: AbortSignal): Promise<number> {
    const unseen = new Map(
      marks.flatMap(({ key, partition, value }) => (partition === this.partition ? [[key, value]] : [])),
    );
    let lastAtMs = Number.NEGATIVE_INFINITY;
    while (unseen.size > 0) {
      signal.throwIfAborted();
      for (const { key, value, timestampMs } of await this.readOn()) {
        if (unseen.get(key) !== value) continue;
        unseen.delete(key);
        lastAtMs = Math.max(lastAtMs, timestampMs);
      }
    }
    return lastAtMs;
  }
}
