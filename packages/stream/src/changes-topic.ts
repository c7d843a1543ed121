import type { Kafka } from './kafka/kafka-types.ts';
import { type TopicSettings, tellTopicError, untilKnown } from './topics.ts';

/** The topic with each change of a station, for other programs. */
export const CHANGES_TOPIC = 'velolog.changes';

const RETENTION_MS = 7 * 24 * 3600 * 1000;

/**
 * Creates the topic when it is missing. Does not touch an existing one.
 * @throws Error when Kafka cannot be reached or does not let us create the topic
 */
export async function ensureChangesTopic(
  kafka: Kafka,
  {
    topic,
    partitions,
    replicationFactor,
  }: Pick<TopicSettings, 'partitions' | 'replicationFactor'> & { topic: string },
): Promise<void> {
  const admin = kafka.admin({ retry: { retries: 1 } });
  try {
    await admin.connect();
    if ((await admin.listTopics()).includes(topic)) return;
    const configEntries = [
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'retention.ms', value: String(RETENTION_MS) },
    ];
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
      waitForLeaders: false,
    });
    await untilKnown(admin, topic);
  } catch (cause) {
    throw new Error(`Cannot prepare the Kafka topic ${topic}: ${tellTopicError(cause)}`, { cause });
  } finally {
    await admin.disconnect();
  }
}
