import { createRegistry } from '@velolog/metrics/registry';
import { type HealthServer, startHealthServer } from '@velolog/metrics/server';
import { CHANGES_TOPIC } from '@velolog/stream/changes-topic';
import { createKafka } from '@velolog/stream/kafka/client';
import type { Kafka } from '@velolog/stream/kafka/kafka-types';
import { ensureTopics, type TopicNames, topicNames } from '@velolog/stream/topics';
import { describeError } from '@velolog/worker/describe-error';
import { forever } from '@velolog/worker/forever';
import { catalogueName } from '@velolog/worker/lake-name';
import { type Logger, logTo } from '@velolog/worker/logger';
import { untilDone } from '@velolog/worker/until-done';
import { type ChangesOptions, publishChangesForever } from './changes/publish-changes.ts';
import { endPublishing } from './changes/published-changes.ts';
import type { StoreSettings } from './config.ts';
import { prepareEnding } from './ending.ts';
import { healthChecks, type WorkerHealth } from './health.ts';
import { consumeTopics } from './intake/consume-topics.ts';
import type { StoreContext } from './intake/store-records.ts';
import { readFormFactors } from './memory/vehicles/load-vehicle-types.ts';
import { createStoreMetrics, type StoreMetrics } from './metrics.ts';
import { type Migration, readMigrations } from './migrate/migrations.ts';
import { type PreparedDatabase, prepareDatabase, throwIfHopeless } from './prepare-database.ts';
import type { Lake } from './upkeep/check-lake.ts';
import { doChoresForever } from './upkeep/chores.ts';
import { fitForecasts } from './upkeep/forecast/fit-forecasts.ts';
import { judgeForecasts } from './upkeep/forecast/judge-forecasts.ts';
import { measureTempo } from './upkeep/forecast/measure-tempo.ts';
import { checkQualityForever } from './upkeep/quality/check-quality.ts';
import { rollUpForever } from './upkeep/roll-up.ts';
import { PartitionProgress } from './watch/progress.ts';
import { watchSchemaForever } from './watch/schema-watch.ts';

export type StoreWorker = {
  health: HealthServer;
  /** Settles when the worker has stopped; rejects when it could not continue. */
  stopped: Promise<void>;
};

export type StoreOptions = {
  log: Logger;
  signal: AbortSignal;
  pollsTopic?: string;
  deadLettersTopic?: string;
  vehiclePollsTopic?: string;
  vehicleDeadLettersTopic?: string;
  changesTopic?: string;
  /** See StoreContext. */
  passing?: StoreContext['passing'];
  /** See ChangesOptions. */
  publishing?: ChangesOptions['passing'];
  /** Lets a test wait less than production does. */
  statementTimeoutMs?: number;
  /** See ConsumeOptions. Lets a test have a worker that stops as a whole. */
  asideAfterMs?: number;
  /** Migrations of another version, for a test with an older or newer worker. */
  migrations?: Migration[];
};

/**
 * Starts the store worker: the health server first, so that an orchestrator sees it start; then topics, schema and
 * months, waiting for a broker or database that is not available yet; then the consumers. It stops when `signal`
 * aborts: it is no longer ready, finishes its batch, leaves the group, and closes the pool and the HTTP server.
 */
export async function startStore(settings: StoreSettings, options: StoreOptions): Promise<StoreWorker> {
  const { log, signal, migrations = readMigrations() } = options;
  const topics = topicNames(options);
  const registry = createRegistry('store');
  const metrics = createStoreMetrics(registry);
  const worker = newHealth([topics.pollsTopic, topics.vehiclePollsTopic], metrics, settings);
  const health = await startHealthServer({
    registry,
    host: settings.HOST,
    port: settings.STORE_PORT,
    ...healthChecks(worker),
  });
  log.info({ event: 'listening', url: health.url });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const ending = prepareEnding({ health, signal, log });
  try {
    const kafka = await prepareKafka(settings, topics, { log, signal });
    const database = await prepareDatabase(settings, { ...options, migrations });
    ending.closing.push(() => database.pool.end());
    Object.assign(worker, { pool: database.pool, migrated: true });
    await consumeTopics({
      settings,
      topics,
      kafka,
      worker,
      metrics,
      context: { ...database, ...(options.passing && { passing: options.passing }) },
      asideAfterMs: options.asideAfterMs,
      signal,
      log,
      fail: failed.reject,
      ending,
    });
    const loop = { log, signal: ending.loopSignal };
    ending.loops.push(publishing(settings, { ...options, ...loop, kafka, metrics, pool: database.pool }));
    const known = migrations.map(({ name }) => name);
    ending.loops.push(
      ...upkeep(settings, database, metrics, loop),
      watchSchemaForever({ pool: database.pool, known, fail: failed.reject, ...loop }),
    );
    return { health, stopped: Promise.race([failed.promise, aborted(signal)]).finally(ending.end) };
  } catch (error) {
    await ending.end();
    throw error;
  }
}

async function prepareKafka(
  settings: StoreSettings,
  topics: TopicNames,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<Kafka> {
  const kafka = createKafka(settings, {
    clientId: 'velolog-store',
    log: logTo(log),
  });
  const onProblem = (problem: string) => log.warn({ event: 'topic_not_as_wanted' }, problem);
  await untilDone(
    'prepare the Kafka topics',
    () => ensureTopics(kafka, { ...settings, ...topics, onProblem }),
    { log, signal, check: throwIfHopeless },
  );
  return kafka;
}

function newHealth(topics: string[], metrics: StoreMetrics, { STALL_SECONDS }: StoreSettings): WorkerHealth {
  return {
    migrated: false,
    joined: new Map(topics.map((topic) => [topic, false])),
    broker: { seen_at: null },
    progress: new Map(topics.map((topic) => [topic, new PartitionProgress(topic, metrics)])),
    pool: null,
    stallSeconds: STALL_SECONDS,
  };
}

function lakeOf({ LAKE_DIR, LAKE_CATALOG_URI, LAKE_WAREHOUSE = '' }: StoreSettings): Lake | undefined {
  if (LAKE_CATALOG_URI) return { catalogue: catalogueName({ LAKE_CATALOG_URI, LAKE_WAREHOUSE }) };
  return LAKE_DIR ? { dir: LAKE_DIR } : undefined;
}

/** Forecasts are judged a few minutes after they were due; a system is fitted once a day. */
const FORECAST_SECONDS = 300;
/** How long metrics may still use the form factor that a vehicle type had before. */
const FORM_FACTORS_SECONDS = 60;

function upkeep(
  settings: StoreSettings,
  { pool, months }: PreparedDatabase,
  metrics: StoreMetrics,
  loop: { log: Logger; signal: AbortSignal },
): Promise<void>[] {
  return [
    doChoresForever({
      pool,
      ...loop,
      months,
      retentionDays: settings.RETENTION_DAYS,
      lake: lakeOf(settings),
      vehicleStayDays: settings.VEHICLE_STAY_DAYS,
    }),
    rollUpForever({ pool, ...loop }),
    checkQualityForever({ pool, ...loop, metrics }),
    forever(
      FORECAST_SECONDS,
      async () => {
        await measureTempo(pool);
        await judgeForecasts(pool);
        const fitted = await fitForecasts(pool, { signal: loop.signal });
        if (fitted.length > 0) await measureTempo(pool);
      },
      { ...loop, what: 'fit and judge forecasts' },
    ),
    forever(FORM_FACTORS_SECONDS, () => readFormFactors(pool, metrics.systems()), {
      ...loop,
      what: 'read the form factors of vehicle types',
    }),
  ];
}

/** Anything is remembered for the changes topic only with CHANGES_TOPIC=1. */
async function publishing(
  settings: StoreSettings,
  {
    changesTopic = CHANGES_TOPIC,
    publishing,
    ...options
  }: Pick<ChangesOptions, 'pool' | 'kafka' | 'metrics' | 'log' | 'signal'> &
    Pick<StoreOptions, 'changesTopic' | 'publishing'>,
): Promise<void> {
  const { partitions, replicationFactor } = settings;
  if (!settings.CHANGES_TOPIC) {
    await endPublishing(options.pool).catch((error: unknown) =>
      options.log.warn({ event: 'changes_not_ended', ...describeError(error) }),
    );
    return;
  }
  await publishChangesForever({
    ...options,
    topic: changesTopic,
    partitions,
    replicationFactor,
    passing: publishing,
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
