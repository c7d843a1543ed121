import { ensureCompactedTopic } from './compacted-topic.ts';
import type { Kafka, Producer } from './kafka/kafka-types.ts';
import { ZSTD } from './kafka/zstd.ts';
import type { TopicSettings } from './topics.ts';

/** What ingest must remember across restarts to be polite: when it last polled each feed, its ETag, Retry-After and back-off. */
export const POLITENESS_TOPIC = 'velolog.politeness';

export type PolitenessRecord = { key: string; partition: number; value: string | null };

/** Segments are small and compacted often, because a worker that takes over a partition reads all of it. */
const CONFIG = {
  'segment.bytes': String(4 * 1024 * 1024),
  'segment.ms': String(10 * 60 * 1000),
  'min.cleanable.dirty.ratio': '0.1',
  'delete.retention.ms': String(3600 * 1000),
};

/** @returns the number of partitions @throws TopicTooSmall */
export async function ensurePolitenessTopic(
  kafka: Kafka,
  { partitions, replicationFactor }: Pick<TopicSettings, 'partitions' | 'replicationFactor'>,
): Promise<number> {
  const loss = 'publishers would be asked too often after a restart';
  const topic = POLITENESS_TOPIC;
  return await ensureCompactedTopic(kafka, { topic, partitions, replicationFactor, config: CONFIG, loss });
}

export async function writePoliteness(producer: Producer, records: PolitenessRecord[]): Promise<void> {
  await producer.send({ topic: POLITENESS_TOPIC, messages: records, compression: ZSTD });
}
