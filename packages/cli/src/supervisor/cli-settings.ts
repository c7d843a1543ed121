import { readSettings } from '@velolog/worker/settings';
import { z } from 'zod';

/** As for the workers, 0 means any free port. */
const port = z.coerce
  .number()
  .int()
  .min(0)
  .max(65_535)
  .transform((value) => value || undefined)
  .optional();
const databaseUrl = z
  .url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a URL such as postgres://user:password@host:5432/velolog',
  })
  .optional();

const environment = z.object({
  KAFKA_BROKERS: z.string().optional(),
  DATABASE_URL: databaseUrl,
  READER_DATABASE_URL: databaseUrl,
  LIVE_DATABASE_URL: databaseUrl,
  READER_PASSWORD: z.string().optional(),
  GRAFANA_READER_PASSWORD: z.string().optional(),
  LIVE_READER_PASSWORD: z.string().optional(),
  SYSTEMS_FILE: z.string().optional(),
  HOST: z.string().optional(),
  KAFKA_PORT: port,
  POSTGRES_PORT: port,
  INGEST_PORT: port,
  STORE_PORT: port,
  LIVE_PORT: port,
  LAKE_DIR: z.string().optional(),
  LAKE_CATALOG_URI: z.string().optional(),
  LAKE_PORT: port,
  SIMULATOR_PORT: port,
  DEMO_PAST_DAYS: z.coerce.number().int().min(0).max(31).optional(),
});

/** The settings that the supervisor itself reads; the workers read theirs from the same environment. */
export type CliSettings = z.infer<typeof environment>;

/** @throws InvalidSettings that names every variable that is wrong */
export function readCliSettings(env: NodeJS.ProcessEnv): CliSettings {
  return readSettings(environment, env);
}

/** Whether this pipeline keeps a lake: LAKE_DIR or LAKE_CATALOG_URI says where. */
export function hasLake({ LAKE_DIR, LAKE_CATALOG_URI }: CliSettings): boolean {
  return !!LAKE_DIR || !!LAKE_CATALOG_URI;
}
