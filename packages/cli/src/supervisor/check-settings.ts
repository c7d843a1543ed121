import { checkKafkaTools } from '@velolog/embedded/kafka-jars';
import { readConfig } from '@velolog/ingest/config';
import { readSystems } from '@velolog/ingest/sources/systems';
import { lakeSettings } from '@velolog/lake/config';
import { withoutCatalogue } from '@velolog/lake/iceberg/catalogue-settings';
import { liveSettings } from '@velolog/live/config';
import { storeSettings } from '@velolog/store/config';
import { checkLogLevel } from '@velolog/worker/logger';
import { InvalidSettings, joinInvalid, readSettings } from '@velolog/worker/settings';
import { readCliSettings } from './cli-settings.ts';
import { systemsFile } from './pipeline-workers.ts';

/**
 * Reads every setting and systems.json as the workers will, before anything is started, and reports all mistakes together.
 * Then checks whether the embedded Kafka can run here, if it is needed.
 * @throws InvalidSettings, UserError
 */
export async function checkSettings(env: NodeJS.ProcessEnv, { ingest }: { ingest: boolean }): Promise<void> {
  const complete = {
    ...env,
    // Placeholders for the values that the embedded servers will have.
    KAFKA_BROKERS: env.KAFKA_BROKERS || '127.0.0.1:9092',
    DATABASE_URL: env.DATABASE_URL || 'postgres://127.0.0.1/velolog',
    READER_DATABASE_URL: env.READER_DATABASE_URL || 'postgres://127.0.0.1/velolog',
  };
  const checks = [
    () => checkLogLevel(env),
    () => readCliSettings(env),
    () => readSettings(storeSettings, complete),
    () => readSettings(liveSettings, complete),
    () =>
      env.LAKE_DIR || env.LAKE_CATALOG_URI
        ? readSettings(lakeSettings(env), complete)
        : readSettings(withoutCatalogue(env), complete),
    ...(ingest ? [() => readConfig(complete, 'unknown'), () => readSystems(systemsFile(env))] : []),
  ];
  const problems: InvalidSettings[] = [];
  for (const check of checks) {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof InvalidSettings)) throw error;
      problems.push(error);
    }
  }
  if (problems.length > 0) throw joinInvalid(problems);
  if (!env.KAFKA_BROKERS) checkKafkaTools(env);
}
