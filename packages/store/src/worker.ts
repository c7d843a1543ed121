import { setTimeout as wait } from 'node:timers/promises';
import { createRegistry } from '@velolog/metrics/registry';
import { type HealthServer, startHealthServer } from '@velolog/metrics/server';
import { createKafka } from '@velolog/stream/kafka/client';
import type { Admin, Consumer, Kafka, Producer } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { type TopicLogs, topicLogs } from '@velolog/stream/topic-logs';
import {
  ensureDeadLetters,
  ensureTopics,
  type TopicNames,
  TopicTooSmall,
  topicNames,
} from '@velolog/stream/topics';
import { describeError } from '@velolog/worker/describe-error';
import { forever } from '@velolog/worker/forever';
import type { Logger } from '@velolog/worker/logger';
import type { DatabasePool } from 'slonik';
import type { StoreSettings } from './config.ts';
import { healthChecks, type WorkerHealth } from './health.ts';
import { consume } from './intake/consume.ts';
import { deadLetterSender, type SendDeadLetters } from './intake/dead-letters.ts';
import { causeOf } from './intake/failure-cause.ts';
import { routeDeadLetters } from './intake/route-dead-letters.ts';
import type { StoreContext } from './intake/store-records.ts';
import type { Carries } from './memory/system-state.ts';
import { readFormFactors } from './memory/vehicles/load-vehicle-types.ts';
import { createStoreMetrics, type StoreMetrics } from './metrics.ts';
import { migrate } from './migrate/migrate.ts';
import { UnusableDatabase } from './migrate/unusable-database.ts';
import { openDatabase } from './tables/database.ts';
import { doChoresForever } from './upkeep/chores.ts';
import { type MonthPartitions, makeMonthsAhead, noMonths } from './upkeep/month-partitions.ts';
import { checkQualityForever } from './upkeep/quality/check-quality.ts';
import { rollUpForever } from './upkeep/roll-up.ts';
import { watchBrokerForever } from './watch/broker-watch.ts';
import { watchDatabaseForever } from './watch/database-watch.ts';
import { BROKER_SILENCE_MS, type PartitionProgress, trackProgress } from './watch/progress.ts';

export type StoreWorker = {
  health: HealthServer;
  /** Settles when the worker has stopped; rejects when it could not go on. */
  stopped: Promise<void>;
};

export type StoreOptions = {
  log: Logger;
  signal: AbortSignal;
  pollsTopic?: string;
  deadLettersTopic?: string;
  vehiclePollsTopic?: string;
  vehicleDeadLettersTopic?: string;
  /** See StoreContext. */
  passing?: StoreContext['passing'];
  /** So that a test need not wait as long as production does. */
  statementTimeoutMs?: number;
  /** See ConsumeOptions; so that a test can have a worker that stands still as a whole. */
  asideAfterMs?: number;
};

/**
 * Starts the store worker: the health server first, so that an orchestrator sees it start; then topics, schema and
 * months, waiting for a broker or a database that is not there yet; then the consumer.
 * It stops when `signal` aborts: not ready at once, the batch at hand finished, the group left, then pool and HTTP.
 */
export async function startStore(settings: StoreSettings, options: StoreOptions): Promise<StoreWorker> {
  const { log, signal } = options;
  const topics = topicNames(options);
  const read = [topics.pollsTopic, topics.vehiclePollsTopic];
  const registry = createRegistry('store');
  const metrics = createStoreMetrics(registry);
  const worker: WorkerHealth = {
    migrated: false,
    joined: new Map(read.map((topic) => [topic, false])),
    broker: { seen_at: null },
    progress: new Map(read.map((topic) => [topic, trackProgress(topic, metrics)])),
    pool: null,
    stallSeconds: settings.STALL_SECONDS,
  };
  const health = await startHealthServer({
    registry,
    host: settings.HOST,
    port: settings.STORE_PORT,
    ...healthChecks(worker),
  });
  log.info({ event: 'listening', url: health.url });
  const closing: (() => Promise<unknown>)[] = [() => health.close()];
  const stop = async () => {
    health.notReady('stopping');
    for (const close of closing.reverse()) {
      await close().catch((error) => log.warn(describeError(error), 'Cannot close in order'));
    }
  };
  try {
    const kafka = createKafka(settings, {
      clientId: 'velolog-store',
      log: (level, text, details) => log[level](details, text),
    });
    const onProblem = (problem: string) => log.warn({ topic: topics.deadLettersTopic }, problem);
    await untilDone(options, 'prepare the Kafka topics', () =>
      ensureTopics(kafka, { ...settings, ...topics, onProblem }),
    );
    const { pool, months } = await prepareDatabase(settings, options);
    closing.push(() => pool.end());
    Object.assign(worker, { pool, migrated: true });
    const { crashed } = await startConsuming({
      settings,
      options,
      topics,
      kafka,
      metrics,
      worker,
      pool,
      months,
      closing,
    });
    const ending = new AbortController();
    const upkeep = { pool, log, signal: AbortSignal.any([signal, ending.signal]) };
    const loops = Promise.all([
      doChoresForever({
        ...upkeep,
        months,
        retentionDays: settings.RETENTION_DAYS,
        lakeDir: settings.LAKE_DIR,
        vehicleStayDays: settings.VEHICLE_STAY_DAYS,
      }),
      rollUpForever(upkeep),
      checkQualityForever({ ...upkeep, metrics }),
      forever(FORM_FACTORS_SECONDS, () => readFormFactors(pool, metrics.systems()), {
        ...upkeep,
        what: 'read the form factors of vehicle types',
      }),
    ]);
    closing.push(() => {
      ending.abort();
      // A day of a large system may take longer than a stop may; PostgreSQL rolls back what is cut off.
      return Promise.race([loops, wait(UPKEEP_MS_MAX, undefined, { ref: false })]);
    });
    return { health, stopped: Promise.race([crashed, aborted(signal)]).finally(stop) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** How long metrics may call vehicles by the form factor that their type had before. */
const FORM_FACTORS_SECONDS = 60;

/** Of the 10 s in which a worker stops. */
const UPKEEP_MS_MAX = 2_000;

/** The pool asks the database for its types when it is opened, so that, too, has to wait until the database is there. */
async function prepareDatabase(
  settings: StoreSettings,
  options: StoreOptions,
): Promise<{ pool: DatabasePool; months: MonthPartitions }> {
  const { DATABASE_URL } = settings;
  return await untilDone(options, 'prepare the database', async () => {
    const remarks = await migrate(DATABASE_URL, {
      readerPassword: settings.READER_PASSWORD,
      grafanaPassword: settings.GRAFANA_READER_PASSWORD,
      livePassword: settings.LIVE_READER_PASSWORD,
      signal: options.signal,
    });
    for (const remark of remarks) options.log.warn({ event: 'role_not_limited' }, remark);
    const pool = await openDatabase(DATABASE_URL, {
      connectionsMax: 6,
      ...(options.statementTimeoutMs && { statementTimeoutMs: options.statementTimeoutMs }),
    });
    const months = noMonths();
    try {
      await makeMonthsAhead(pool, months, new Date());
    } catch (error) {
      // Who holds a lock for long (a vacuum, an index that is built) delays only the records that need these very months.
      if (causeOf(error) === 'lock_timeout') {
        options.log.warn(
          describeError(error),
          'Cannot make the months ahead yet: they are made when records need them',
        );
        return { pool, months };
      }
      await pool.end();
      throw error;
    }
    return { pool, months };
  });
}

type ConsumingOptions = {
  settings: StoreSettings;
  options: StoreOptions;
  topics: TopicNames;
  kafka: Kafka;
  metrics: StoreMetrics;
  worker: WorkerHealth;
  pool: DatabasePool;
  months: MonthPartitions;
  closing: (() => Promise<unknown>)[];
};

/**
 * Reads each topic with a consumer and a group of its own, so that neither waits for the other.
 * `crashed` rejects when one of them has crashed for good.
 */
async function startConsuming(o: ConsumingOptions): Promise<{ crashed: Promise<never> }> {
  const admin = o.kafka.admin({ retry: { retries: 1 } });
  // Few retries of its own: dead-letters.ts knows better what to do about what went wrong.
  const producer = createProducer(o.kafka, {
    maxInFlightRequests: 1,
    retry: { retries: 1, initialRetryTime: 100 },
  });
  const logs = topicLogs(o.kafka);
  await untilDone(o.options, 'connect to Kafka', () => Promise.all([admin.connect(), producer.connect()]));
  o.closing.push(
    () => admin.disconnect(),
    () => producer.disconnect(),
    () => logs.close(),
  );
  const sendDeadLetters = sendersOf(o, producer);
  const { clusterId } = await admin.describeCluster();
  const shared = { admin, logs, clusterId, sendDeadLetters };
  const group = o.settings.KAFKA_GROUP_ID;
  const crashes = [
    await consumeTopic(o, shared, { topic: o.topics.pollsTopic, group, carries: 'others' }),
    await consumeTopic(o, shared, {
      topic: o.topics.vehiclePollsTopic,
      group: `${group}-vehicles`,
      carries: 'vehicles',
    }),
  ];
  return { crashed: Promise.race(crashes.map(({ crashed }) => crashed)) };
}

function sendersOf(
  { options, topics, kafka, metrics, worker, settings }: ConsumingOptions,
  producer: Producer,
) {
  const { log, signal } = options;
  const sender = (topic: string, holdsVehicles: boolean) =>
    deadLetterSender({
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
  return routeDeadLetters({
    vehiclePollsTopic: topics.vehiclePollsTopic,
    vehicles: sender(topics.vehicleDeadLettersTopic, true),
    others: sender(topics.deadLettersTopic, false),
  });
}

async function consumeTopic(
  o: ConsumingOptions,
  {
    admin,
    logs,
    clusterId,
    sendDeadLetters,
  }: { admin: Admin; logs: TopicLogs; clusterId: string; sendDeadLetters: SendDeadLetters },
  { topic, group, carries }: { topic: string; group: string; carries: Carries },
): Promise<{ crashed: Promise<never> }> {
  const { log, signal, passing, asideAfterMs } = o.options;
  const progress = o.worker.progress.get(topic) ?? trackProgress(topic, o.metrics);
  const consumer = createConsumer(o.kafka, { ...o.settings, KAFKA_GROUP_ID: group });
  const crashed = crashOf(consumer, o.worker, topic, progress);
  let settled = async () => {};
  await untilDone(o.options, 'connect to Kafka', () => consumer.connect());
  o.closing.push(
    () => settled(),
    () => consumer.disconnect(),
  );
  void watchBrokerForever(o.worker.broker, { admin, topic, progress, signal });
  void watchDatabaseForever({ databaseUrl: o.settings.DATABASE_URL, progress, signal });
  progress.joining();
  settled = await consume({
    context: {
      pool: o.pool,
      metrics: o.metrics,
      months: o.months,
      sendDeadLetters,
      ...(passing && { passing }),
    },
    consumer,
    admin,
    logs,
    cluster_id: clusterId,
    topic,
    carries,
    progress,
    signal,
    log,
    ...(asideAfterMs && { asideAfterMs }),
  });
  return { crashed };
}

/**
 * A fetch brings 256 KiB of compressed bodies per partition, some 5 MB once decompressed: more would only wait in
 * memory. The wait is how long an idle fetch stays open, not a delay: one byte answers it.
 */
function createConsumer(
  kafka: Kafka,
  { KAFKA_GROUP_ID, KAFKA_SESSION_TIMEOUT_SECONDS }: StoreSettings,
): Consumer {
  const sessionTimeout = KAFKA_SESSION_TIMEOUT_SECONDS * 1000;
  return kafka.consumer({
    groupId: KAFKA_GROUP_ID,
    maxBytesPerPartition: 256 * 1024,
    maxWaitTimeInMs: Math.min(1_000, sessionTimeout / 4),
    sessionTimeout,
    heartbeatInterval: Math.min(3_000, sessionTimeout / 4),
    rebalanceTimeout: sessionTimeout,
    allowAutoTopicCreation: false,
    // How long partitions stay unread that a topic has more than it had.
    metadataMaxAge: sessionTimeout,
    retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 2_000 },
  });
}

/** kafkajs restarts the consumer after most errors. After the others the process lives on and reads nothing: it has to end. */
function crashOf(
  consumer: Consumer,
  worker: WorkerHealth,
  topic: string,
  progress: PartitionProgress,
): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  consumer.on(consumer.events.GROUP_JOIN, () => {
    worker.joined.set(topic, true);
  });
  consumer.on(consumer.events.REBALANCING, () => progress.joining());
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    worker.joined.set(topic, false);
    progress.joining();
    if (!payload.restart)
      reject(new Error(`The Kafka consumer crashed: ${payload.error.message}`, { cause: payload.error }));
  });
  promise.catch(() => {});
  return promise;
}

/** Repeats what a broker or database that is away makes fail, until it works; what no waiting mends is thrown. */
async function untilDone<T>({ log, signal }: StoreOptions, what: string, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UnusableDatabase || error instanceof TopicTooSmall) throw error;
      if (isMisconfigured(error)) {
        throw new UnusableDatabase(`Cannot ${what} of DATABASE_URL: ${(error as Error).message}`, {
          cause: error,
        });
      }
      log.warn({ attempt, ...describeError(error) }, `Cannot ${what} yet, trying again`);
      await wait(Math.min(5_000, 200 * 2 ** (attempt - 1)), undefined, { signal });
    }
  }
}

/** Wrong password or user (28), no such database (3D000), not allowed (42501): by PostgreSQL's own codes. */
function isMisconfigured(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^(28...|3D000|42501)$/.test(code);
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
