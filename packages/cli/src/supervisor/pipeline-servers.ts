import { randomBytes } from 'node:crypto';
import type { KafkaLogin } from '@velolog/embedded/broker-properties';
import { type EmbeddedKafka, startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import { readJsonFile, writeJsonFile } from '@velolog/embedded/json-file';
import { OWNER_PATH, sessionUrl } from '@velolog/worker/session-url';
import pg from 'pg';
import type { Home } from '../home/home.ts';
import type { CliSettings } from './cli-settings.ts';
import { fetchProgress } from './fetch-progress.ts';

/** Kafka and PostgreSQL of a pipeline: embedded, or the ones that the settings name. */
export type PipelineServers = {
  postgres: EmbeddedPostgres | null;
  kafka: EmbeddedKafka | null;
  databaseUrl: string;
  /** Null for an external database when we do not know the reader's password. */
  readerDatabaseUrl: string | null;
  /** URL to log in as velolog_live, for the page. Null when that password is not known either. */
  liveDatabaseUrl: string | null;
  passwords: RolePasswords;
  brokers: string;
  /** Null for an external Kafka: the settings say how to log in. */
  kafkaLogin: KafkaLogin | null;
};

/** Passwords that the store sets for the reading roles. A role whose password is undefined keeps the one it has. */
export type RolePasswords = {
  READER_PASSWORD?: string | undefined;
  GRAFANA_READER_PASSWORD?: string | undefined;
  LIVE_READER_PASSWORD?: string | undefined;
};

type Secrets = {
  reader_password: string;
  grafana_password: string;
  live_password: string;
  kafka_password: string;
};

type Options = { home: Home; settings: CliSettings; log: (message: string) => void; signal: AbortSignal };

/** Whether the page can read the database: we may not know the passwords of an external one. */
export function hasReader(settings: CliSettings): boolean {
  const { LIVE_DATABASE_URL, LIVE_READER_PASSWORD, READER_DATABASE_URL, READER_PASSWORD } = settings;
  return (
    !settings.DATABASE_URL ||
    !!(LIVE_DATABASE_URL ?? LIVE_READER_PASSWORD ?? READER_DATABASE_URL ?? READER_PASSWORD)
  );
}

/** Starts the embedded PostgreSQL and creates its database `velolog`, or uses DATABASE_URL. */
export async function startDatabase(
  options: Options,
): Promise<
  Pick<PipelineServers, 'postgres' | 'databaseUrl' | 'readerDatabaseUrl' | 'liveDatabaseUrl' | 'passwords'>
> {
  const { home, settings, log, signal } = options;
  if (settings.DATABASE_URL) {
    const readerDatabaseUrl =
      settings.READER_DATABASE_URL ??
      urlAs('velolog_reader', settings.DATABASE_URL, settings.READER_PASSWORD);
    return {
      postgres: null,
      databaseUrl: settings.DATABASE_URL,
      readerDatabaseUrl,
      liveDatabaseUrl:
        settings.LIVE_DATABASE_URL ??
        urlAs('velolog_live', settings.DATABASE_URL, settings.LIVE_READER_PASSWORD) ??
        readerDatabaseUrl,
      passwords: settings,
    };
  }
  const postgres = await startEmbeddedPostgres({
    directory: home.postgres,
    port: settings.POSTGRES_PORT,
    log,
    signal,
  });
  try {
    const secrets = readSecrets(home);
    const passwords = {
      READER_PASSWORD: settings.READER_PASSWORD ?? secrets.reader_password,
      GRAFANA_READER_PASSWORD: settings.GRAFANA_READER_PASSWORD ?? secrets.grafana_password,
      LIVE_READER_PASSWORD: settings.LIVE_READER_PASSWORD ?? secrets.live_password,
    };
    const databaseUrl = await ensureDatabase(postgres.url);
    return {
      postgres,
      databaseUrl,
      passwords,
      readerDatabaseUrl: urlAs('velolog_reader', databaseUrl, passwords.READER_PASSWORD),
      liveDatabaseUrl: urlAs('velolog_live', databaseUrl, passwords.LIVE_READER_PASSWORD),
    };
  } catch (error) {
    // The caller gets no handle to stop it.
    await postgres.stop();
    throw error;
  }
}

/** Starts the embedded Kafka, or uses KAFKA_BROKERS. */
export async function startBroker(
  options: Options,
): Promise<Pick<PipelineServers, 'kafka' | 'brokers' | 'kafkaLogin'>> {
  const { home, settings, signal } = options;
  if (settings.KAFKA_BROKERS) return { kafka: null, brokers: settings.KAFKA_BROKERS, kafkaLogin: null };
  const login = { username: 'velolog', password: readSecrets(home).kafka_password };
  const kafka = await startEmbeddedKafka({
    directory: home.kafka,
    port: settings.KAFKA_PORT,
    login,
    progress: fetchProgress(),
    signal,
  });
  return { kafka, brokers: kafka.brokers.join(','), kafkaLogin: login };
}

async function ensureDatabase(superuserUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: sessionUrl(superuserUrl, OWNER_PATH) });
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = 'velolog'");
    if (!rowCount) await client.query('create database velolog');
  } finally {
    await client.end();
  }
  const url = new URL(superuserUrl);
  url.pathname = '/velolog';
  return url.href;
}

/** Reads the passwords of a home. Makes them the first time, and adds one when a later version needs it. */
function readSecrets(home: Home): Secrets {
  const known = readJsonFile<Partial<Secrets>>(home.secrets);
  const secret = () => randomBytes(18).toString('base64url');
  const secrets: Secrets = {
    reader_password: secret(),
    grafana_password: secret(),
    live_password: secret(),
    kafka_password: secret(),
    ...known,
  };
  if (Object.keys(known ?? {}).length === Object.keys(secrets).length) return secrets;
  writeJsonFile(home.secrets, secrets, 0o600);
  return secrets;
}

function urlAs(role: string, databaseUrl: string, password: string | undefined): string | null {
  if (password === undefined) return null;
  const url = new URL(databaseUrl);
  url.username = role;
  url.password = password;
  return url.href;
}
