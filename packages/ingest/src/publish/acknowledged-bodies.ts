import type { RecordMetadata } from '@velolog/stream/kafka/kafka-types';
import type { BodyFate, BufferedPoll } from './publish-buffer.ts';

/**
 * The newest body of each feed that Kafka has taken, and where each partition ended then. A partition that afterwards takes a record
 * at an offset it had already given away has lost what was there: its topic was made anew, or a power cut took the end of its log.
 * Then no 304 may refer to any of these bodies; the store may never have read them.
 */
export class AcknowledgedBodies {
  readonly #baseOffsets = new Map<string, bigint>();
  readonly #fates = new Map<string, BodyFate>();

  /** Notes what a request brought to Kafka. Returns how many offsets at least were given away twice: 0 unless Kafka lost something. */
  note(taken: BufferedPoll[], acknowledged: RecordMetadata[]): number {
    let lost = 0;
    for (const { topicName, partition, baseOffset } of acknowledged) {
      if (baseOffset === undefined) continue;
      const place = `${topicName}/${partition}`;
      const base = BigInt(baseOffset);
      const before = this.#baseOffsets.get(place);
      if (before !== undefined && base <= before) lost += Number(before - base) + 1;
      this.#baseOffsets.set(place, base);
    }
    if (lost > 0) this.#forget();
    for (const { poll, fate } of taken) {
      if (fate !== null && poll.outcome === 'fetched')
        this.#fates.set(`${poll.system_id}/${poll.feed}`, fate);
    }
    return lost;
  }

  #forget(): void {
    for (const fate of this.#fates.values()) fate.dropped = true;
    this.#fates.clear();
  }
}
