import type { RecordMetadata } from '@velolog/stream/kafka/kafka-types';
import { partitionOf } from '@velolog/stream/kafka/partitioner';
import type { BodyFate, BufferedPoll } from './publish-buffer.ts';

/** A topic of polls as it was when the producer connected. */
export type KnownTopic = { topicId: string | null; partitions: number };

/**
 * The newest body of each feed that Kafka has accepted, and where each partition ended then. If a partition later
 * assigns an offset that it had already assigned, it has lost records: its topic was recreated, or a power cut took the
 * end of its log. Then no 304 may refer to any of these bodies, because the store may never have read them.
 */
export class AcknowledgedBodies {
  readonly #baseOffsets = new Map<string, bigint>();
  readonly #fates = new Map<string, BodyFate>();

  /**
   * Notes what a request brought to Kafka. Returns the least number of offsets that were assigned twice: 0 unless Kafka lost
   * something.
   */
  note(
    taken: BufferedPoll[],
    acknowledged: RecordMetadata[],
    topics: ReadonlyMap<string, KnownTopic> = new Map(),
    topicOf: (poll: BufferedPoll['poll']) => string = () => '',
  ): number {
    let lost = 0;
    const bases = new Map<string, bigint>();
    for (const { topicName, partition, baseOffset } of acknowledged) {
      if (baseOffset === undefined) continue;
      const place = `${topicName}/${partition}`;
      const base = BigInt(baseOffset);
      const before = this.#baseOffsets.get(place);
      if (before !== undefined && base <= before) lost += Number(before - base) + 1;
      this.#baseOffsets.set(place, base);
      bases.set(place, base);
    }
    if (lost > 0) this.#forget();
    for (const { poll, fate } of taken) {
      if (fate === null || poll.outcome !== 'fetched') continue;
      this.#fates.set(`${poll.system_id}/${poll.feed}`, fate);
      const topic = topicOf(poll);
      const known = topics.get(topic);
      if (known === undefined) continue;
      const partition = partitionOf(poll.system_id, known.partitions);
      const offset = bases.get(`${topic}/${partition}`);
      // This is the offset of the first record of its request: the body is there or a little later.
      if (offset !== undefined) fate.kept = { topic, topicId: known.topicId, partition, offset };
    }
    return lost;
  }

  /** Adds a body that another process, or an earlier run of this one, brought to Kafka. */
  adopt({ system_id, feed }: { system_id: string; feed: string }, fate: BodyFate): void {
    this.#fates.set(`${system_id}/${feed}`, fate);
    if (fate.kept === undefined) return;
    const place = `${fate.kept.topic}/${fate.kept.partition}`;
    const before = this.#baseOffsets.get(place);
    if (before === undefined || before < fate.kept.offset) this.#baseOffsets.set(place, fate.kept.offset);
  }

  #forget(): void {
    for (const fate of this.#fates.values()) fate.dropped = true;
    this.#fates.clear();
  }
}
