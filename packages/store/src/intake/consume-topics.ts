import { EndOffsets } from '@velolog/stream/kafka/end-offsets';
import type { Admin, Kafka, Producer } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { type TopicLogs, topicLogs } from '@velolog/stream/topic-logs';
import { ensureDeadLetters, type TopicNames, topicsOfFeed } from '@velolog/stream/topics';
import type { Logger } from '@velolog/worker/logger';
import { untilDone } from '@velolog/worker/until-done';
import type { StoreSettings } from '../config.ts';
import type { Ending } from '../ending.ts';
import type { WorkerHealth } from '../health.ts';
import type { Carries } from '../memory/system-state.ts';
import type { StoreMetrics } from '../metrics.ts';
import { watchBrokerForever } from '../watch/broker-watch.ts';
import { watchDatabaseForever } from '../watch/database-watch.ts';
import { BROKER_SILENCE_MS, PartitionProgress } from '../watch/progress.ts';
import { consume } from './consume.ts';
import { groupConsumer, watchGroup } from './group-consumer.ts';
import { deadLetterSender, type SendDeadLetters } from './letters/dead-letters.ts';
import { routeDeadLetters } from './letters/route-dead-letters.ts';
import type { StoreContext } from './store-records.ts';

export type TopicsOptions = {
  settings: StoreSettings;
  topics: TopicNames;
  kafka: Kafka;
  worker: WorkerHealth;
  metrics: StoreMetrics;
  /** What storing needs, except the dead letters, which are set up here. */
  context: Omit<StoreContext, 'metrics' | 'sendDeadLetters'>;
  asideAfterMs: number | undefined;
  signal: AbortSignal;
  log: Logger;
  /** Called when the worker cannot continue. */
  fail: (error: Error) => void;
  ending: Ending;
};

/** Reads each topic with its own consumer and group, so that neither waits for the other. */
export async function consumeTopics(o: TopicsOptions): Promise<void> {
  const admin = o.kafka.admin({ retry: { retries: 1 } });
  // The producer retries little: dead-letters.ts knows better how to handle its errors.
  const producer = createProducer(o.kafka, {
    maxInFlightRequests: 1,
    retry: { retries: 1, initialRetryTime: 100 },
  });
  const logs = topicLogs(o.kafka);
  await untilDone('connect to Kafka', () => Promise.all([admin.connect(), producer.connect()]), o);
  o.ending.closing.push(
    () => admin.disconnect(),
    () => producer.disconnect(),
    () => logs.close(),
  );
  const sendDeadLetters = deadLettersOf(o, producer);
  const { clusterId } = await admin.describeCluster();
  const shared = { admin, logs, clusterId, sendDeadLetters };
  const group = o.settings.KAFKA_GROUP_ID;
  await consumeTopic(o, shared, { topic: o.topics.pollsTopic, group, carries: 'others' });
  await consumeTopic(o, shared, {
    topic: o.topics.vehiclePollsTopic,
    group: `${group}-vehicles`,
    carries: 'vehicles',
  });
}

function deadLettersOf(
  { topics, kafka, metrics, worker, settings, log, signal }: TopicsOptions,
  producer: Producer,
): SendDeadLetters {
  const sender = (holdsVehicles: boolean) => {
    const topic = topicsOfFeed(topics, { hasVehicleIds: holdsVehicles }).deadLetters;
    return deadLetterSender({
      producer,
      topic,
      ensureTopic: () =>
        ensureDeadLetters(kafka, {
          topic,
          holdsVehicles,
          replicationFactor: settings.replicationFactor,
        }),
      isKafkaAway: () => Date.now() - (worker.broker.seen_at ?? 0) > BROKER_SILENCE_MS,
      metrics,
      log,
      signal,
    });
  };
  return routeDeadLetters({
    vehiclePollsTopic: topics.vehiclePollsTopic,
    vehicles: sender(true),
    others: sender(false),
  });
}

type Shared = { admin: Admin; logs: TopicLogs; clusterId: string; sendDeadLetters: SendDeadLetters };

async function consumeTopic(
  o: TopicsOptions,
  { admin, logs, clusterId, sendDeadLetters }: Shared,
  { topic, group, carries }: { topic: string; group: string; carries: Carries },
): Promise<void> {
  const { worker, metrics, signal, log, ending } = o;
  const loop = { log, signal: ending.loopSignal };
  const progress = worker.progress.get(topic) ?? new PartitionProgress(topic, metrics);
  const consumer = groupConsumer(o.kafka, o.settings, group);
  watchGroup(consumer, { worker, topic, progress, onCrash: o.fail });
  let settled = async () => {};
  await untilDone('connect to Kafka', () => consumer.connect(), o);
  o.ending.closing.push(
    () => settled(),
    () => consumer.disconnect(),
  );
  const ends = await untilDone('connect to Kafka', () => EndOffsets.connect(o.kafka, topic), o);
  o.ending.closing.push(() => ends.close());
  ending.loops.push(
    watchBrokerForever(worker.broker, { ends, progress, ...loop }),
    watchDatabaseForever({ databaseUrl: o.settings.DATABASE_URL, progress, ...loop }),
  );
  progress.joining();
  settled = await consume({
    context: { ...o.context, metrics, sendDeadLetters },
    consumer,
    admin,
    logs,
    cluster_id: clusterId,
    topic,
    carries,
    progress,
    signal,
    log,
    ...(o.asideAfterMs && { asideAfterMs: o.asideAfterMs }),
  });
}
