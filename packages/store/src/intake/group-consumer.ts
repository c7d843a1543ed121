import type { Consumer, Kafka } from '@velolog/stream/kafka/kafka-types';
import { isFinal } from '@velolog/stream/kafka/run-always';
import type { StoreSettings } from '../config.ts';
import type { WorkerHealth } from '../health.ts';
import type { PartitionProgress } from '../watch/progress.ts';

/**
 * A fetch returns 256 KiB of compressed bodies per partition, about 5 MB decompressed: more would only wait in memory.
 * The wait is how long an idle fetch stays open, not a delay: one byte answers it.
 */
export function groupConsumer(
  kafka: Kafka,
  { KAFKA_SESSION_TIMEOUT_SECONDS }: StoreSettings,
  groupId: string,
): Consumer {
  const sessionTimeout = KAFKA_SESSION_TIMEOUT_SECONDS * 1000;
  return kafka.consumer({
    groupId,
    maxBytesPerPartition: 256 * 1024,
    maxWaitTimeInMs: Math.min(1_000, sessionTimeout / 4),
    sessionTimeout,
    heartbeatInterval: Math.min(3_000, sessionTimeout / 4),
    rebalanceTimeout: sessionTimeout,
    allowAutoTopicCreation: false,
    // How long new partitions of a topic may stay unread.
    metadataMaxAge: sessionTimeout,
    retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 2_000 },
  });
}

/**
 * kafkajs restarts the consumer after most errors. After the others the process would live on but read nothing. It must
 * end, so `onCrash` is called.
 */
export function watchGroup(
  consumer: Consumer,
  {
    worker,
    topic,
    progress,
    onCrash,
  }: {
    worker: WorkerHealth;
    topic: string;
    progress: PartitionProgress;
    onCrash: (error: Error) => void;
  },
): void {
  consumer.on(consumer.events.GROUP_JOIN, () => {
    worker.joined.set(topic, true);
  });
  consumer.on(consumer.events.REBALANCING, () => progress.joining());
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    worker.joined.set(topic, false);
    progress.joining();
    if (isFinal(payload))
      onCrash(new Error(`The Kafka consumer crashed: ${payload.error.message}`, { cause: payload.error }));
  });
}
