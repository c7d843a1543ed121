import { readConfig } from '@velolog/ingest/config';
import { readSystems } from '@velolog/ingest/systems';
import { liveSettings } from '@velolog/live/config';
import { readSettings } from '@velolog/metrics/settings';
import { storeSettings } from '@velolog/store/config';
import { readCliSettings } from './cli-settings.ts';
import { systemsFile } from './pipeline-workers.ts';

/**
 * Reads every setting and systems.json as the workers will, before anything is started: what is wrong is said at once.
 * @throws InvalidSettings
 */
export async function checkSettings(env: NodeJS.ProcessEnv, { ingest }: { ingest: boolean }): Promise<void> {
  const own = readCliSettings(env);
  const complete = {
    ...env,
    // Stand-ins for what the embedded servers will set.
    KAFKA_BROKERS: own.KAFKA_BROKERS ?? '127.0.0.1:9092',
    DATABASE_URL: own.DATABASE_URL ?? 'postgres://127.0.0.1/velolog',
    READER_DATABASE_URL: own.READER_DATABASE_URL ?? 'postgres://127.0.0.1/velolog',
  };
  readSettings(storeSettings, complete);
  readSettings(liveSettings, complete);
  if (!ingest) return;
  readConfig(complete, 'unknown');
  await readSystems(systemsFile(own));
}
