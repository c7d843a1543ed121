import { randomBytes } from 'node:crypto';
import type { Admin, Kafka, KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { topicLogs } from '@velolog/stream/topic-logs';

/** Where each partition of the topic with this id ends, and the leader epoch of its last record. */
export type TopicEnds = {
  topic: string;
  topic_id: string;
  ends: Map<number, { next_offset: bigint; leader_epoch: number | null }>;
};

export type Gone = { topic: string; topic_id: string; partition: number; by: 'made_anew' | 'cut' };

/**
 * All records that Kafka ever held, including those of deleted topics and of ends that were cut off. A record is
 * identified by its place in a topic and the leader epoch in which it was written (after a cut another record may have
 * the same offset).
 */
export class RecordArchive {
  readonly #records = new Map<string, KafkaMessage[]>();
  readonly #gone = new Map<KafkaMessage, Gone>();

  /** Reads the present content of this topic. Nothing may be on its way to it. */
  async take(kafka: Kafka, admin: Admin, topic: string): Promise<TopicEnds> {
    const logs = topicLogs(kafka);
    const topic_id = await logs.topicId(topic);
    await logs.close();
    if (topic_id === null) throw new Error('Kafka gives its topics no ids');
    const offsets = await admin.fetchTopicOffsets(topic);
    const ends: TopicEnds['ends'] = new Map();
    for (const { partition, high } of offsets)
      ends.set(partition, { next_offset: BigInt(high), leader_epoch: null });
    const highs = new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
    await readAll(kafka, topic, highs, (at) => {
      const end = ends.get(at.partition);
      if (end !== undefined && BigInt(at.message.offset) === end.next_offset - 1n)
        end.leader_epoch = epochOf(at.message);
      this.#keep(`${topic_id}/${at.partition}/${at.message.offset}`, at.message);
    });
    return { topic, topic_id, ends };
  }

  /** The record at this offset in the log as it was in this leader epoch; undefined when there was none. */
  at(topic_id: string, partition: number, offset: bigint, leader_epoch: number): KafkaMessage | undefined {
    const held = this.#records.get(`${topic_id}/${partition}/${offset}`) ?? [];
    return held.filter((message) => epochOf(message) <= leader_epoch).at(-1);
  }

  /** The content of a topic up to these ends, as reads. */
  held({ topic_id, ends }: TopicEnds): { message: KafkaMessage }[] {
    return [...ends].flatMap(([partition, { next_offset }]) =>
      Array.from({ length: Number(next_offset) }, (_, offset) => {
        const message = this.#records.get(`${topic_id}/${partition}/${offset}`)?.at(-1);
        if (message === undefined)
          throw new Error(`Kafka gave no offset ${offset} of partition ${partition}`);
        return { message };
      }),
    );
  }

  *all(): Iterable<KafkaMessage> {
    for (const held of this.#records.values()) yield* held;
  }

  /** Notes that the topic was deleted. */
  topicGone({ topic, topic_id: gone }: TopicEnds): void {
    for (const [place, held] of this.#records) {
      const [topic_id = '', partition] = place.split('/');
      if (topic_id !== gone) continue;
      for (const message of held)
        if (!this.#gone.has(message))
          this.#gone.set(message, { topic, topic_id, partition: Number(partition), by: 'made_anew' });
    }
  }

  /** Notes that a log now ends here. */
  endGone({ topic, topic_id, ends }: TopicEnds, partition: number, end: bigint): void {
    const before = ends.get(partition)?.next_offset ?? 0n;
    for (let offset = end; offset < before; offset++)
      for (const message of this.#records.get(`${topic_id}/${partition}/${offset}`) ?? [])
        if (!this.#gone.has(message)) this.#gone.set(message, { topic, topic_id, partition, by: 'cut' });
  }

  /** How the record was lost; undefined when Kafka still has it. */
  goneBy(message: KafkaMessage): Gone | undefined {
    return this.#gone.get(message);
  }

  #keep(place: string, message: KafkaMessage): void {
    const held = this.#records.get(place) ?? [];
    if (!held.some((one) => epochOf(one) === epochOf(message))) held.push(message);
    this.#records.set(place, held);
  }
}

/** The leader epoch in which it was written. */
export function epochOf(message: KafkaMessage): number {
  const { batchContext } = message as { batchContext?: { partitionLeaderEpoch?: number } };
  if (batchContext?.partitionLeaderEpoch === undefined) throw new Error('A record without leader epoch');
  return batchContext.partitionLeaderEpoch;
}

async function readAll(
  kafka: Kafka,
  topic: string,
  ends: Map<number, bigint>,
  take: (at: { partition: number; message: KafkaMessage }) => void,
): Promise<void> {
  const left = new Set([...ends].flatMap(([partition, end]) => (end > 0n ? [partition] : [])));
  if (left.size === 0) return;
  const consumer = kafka.consumer({
    groupId: `archive-${randomBytes(6).toString('hex')}`,
    maxWaitTimeInMs: 100,
  });
  const done = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) done.reject(payload.error);
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { partition, messages } }) => {
        for (const message of messages) {
          take({ partition, message });
          if (BigInt(message.offset) + 1n === ends.get(partition)) left.delete(partition);
        }
        if (left.size === 0) done.resolve();
      },
    });
    await done.promise;
  } finally {
    await consumer.disconnect();
  }
}
