import kafkajs from 'kafkajs';
import type { Admin, Kafka } from './kafka/kafka-types.ts';
import { TopicTooSmall, tellTopicError, untilKnown } from './topics.ts';

export type CompactedTopic = {
  topic: string;
  partitions: number;
  replicationFactor: number;
  /** Settings in addition to those that all our compacted topics have. */
  config?: Record<string, string>;
  /** What would be lost without compaction, for the error message. */
  loss: string;
};

/**
 * Creates the topic when it is missing.
 * @returns how many partitions it has
 * @throws TopicTooSmall when it exists and is not compacted
 */
export async function ensureCompactedTopic(kafka: Kafka, wanted: CompactedTopic): Promise<number> {
  const { topic, partitions, replicationFactor, config = {} } = wanted;
  const admin = kafka.admin();
  try {
    await admin.connect();
    const exists = (await admin.listTopics()).includes(topic);
    const settings = {
      'cleanup.policy': 'compact',
      // Readers compare the times of records, so these must come from one clock.
      'message.timestamp.type': 'LogAppendTime',
      ...config,
    };
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const made =
      !exists &&
      (await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
        waitForLeaders: false,
      }));
    await untilKnown(admin, topic);
    if (!made) await checkCompacted(admin, wanted);
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? partitions;
  } catch (cause) {
    if (cause instanceof TopicTooSmall) throw cause;
    throw new Error(`Cannot prepare the Kafka topic ${topic}: ${tellTopicError(cause)}`, { cause });
  } finally {
    await admin.disconnect();
  }
}

async function checkCompacted(admin: Admin, { topic, loss }: CompactedTopic): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['cleanup.policy'] }],
  });
  const found = resources[0]?.configEntries.find(({ configName }) => configName === 'cleanup.policy');
  if (found === undefined || found.configValue === 'compact') return;
  throw new TopicTooSmall(
    topic,
    `The Kafka topic ${topic} exists, but cleanup.policy is ${found.configValue} (${loss}). To fix it, run: ` +
      `kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name ${topic} --add-config cleanup.policy=compact`,
  );
}
