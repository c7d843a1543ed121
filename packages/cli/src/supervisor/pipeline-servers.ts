import { randomBytes } from 'node:crypto';
import { type EmbeddedKafka, startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import { readJsonFile, writeJsonFile } from '@velolog/embedded/json-file';
import pg from 'pg';
import type { CliSettings } from './cli-settings.ts';
import { fetchProgress } from './fetch-progress.ts';
import type { Home } from './home.ts';

/** Kafka and PostgreSQL of a pipeline: embedded, or what the settings name. */
export type PipelineServers = {
  postgres: EmbeddedPostgres | null;
  kafka: EmbeddedKafka | null;
  databaseUrl: string;
  /** null: a database that is not ours, whose reader we have no password of. */
  readerDatabaseUrl: string | null;
  readerPassword: string | undefined;
  brokers: string;
};

type Options = { home: Home; settings: CliSettings; log: (message: string) => void; signal: AbortSignal };

/** Whether the database can be read as velolog_reader: a database that is not ours has a password we may not know. */
export function hasReader(settings: CliSettings): boolean {
  return !settings.DATABASE_URL || !!(settings.READER_DATABASE_URL ?? settings.READER_PASSWORD);
}

/** The embedded PostgreSQL with its database `velolog`, or that of DATABASE_URL. */
export async function startDatabase(
  options: Options,
): Promise<Pick<PipelineServers, 'postgres' | 'databaseUrl' | 'readerDatabaseUrl' | 'readerPassword'>> {
  const { home, settings, log, signal } = options;
  if (settings.DATABASE_URL) {
    return {
      postgres: null,
      databaseUrl: settings.DATABASE_URL,
      readerDatabaseUrl:
        settings.READER_DATABASE_URL ?? readerUrl(settings.DATABASE_URL, settings.READER_PASSWORD),
      readerPassword: settings.READER_PASSWORD,
    };
  }
  const postgres = await startEmbeddedPostgres({
    directory: home.postgres,
    port: settings.POSTGRES_PORT,
    log,
    signal,
  });
  const readerPassword = settings.READER_PASSWORD ?? ownReaderPassword(home);
  const databaseUrl = await ensureDatabase(postgres.url);
  return { postgres, databaseUrl, readerPassword, readerDatabaseUrl: readerUrl(databaseUrl, readerPassword) };
}

/** The embedded Kafka, or that of KAFKA_BROKERS. */
export async function startBroker(options: Options): Promise<Pick<PipelineServers, 'kafka' | 'brokers'>> {
  const { home, settings, signal } = options;
  if (settings.KAFKA_BROKERS) return { kafka: null, brokers: settings.KAFKA_BROKERS };
  const kafka = await startEmbeddedKafka({
    directory: home.kafka,
    port: settings.KAFKA_PORT,
    progress: fetchProgress(),
    signal,
  });
  return { kafka, brokers: kafka.brokers.join(',') };
}

async function ensureDatabase(superuserUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: superuserUrl });
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

function ownReaderPassword(home: Home): string {
  const secrets = readJsonFile<{ reader_password: string }>(home.secrets);
  if (secrets) return secrets.reader_password;
  const reader_password = randomBytes(18).toString('base64url');
  writeJsonFile(home.secrets, { reader_password }, 0o600);
  return reader_password;
}

function readerUrl(databaseUrl: string, password: string | undefined): string | null {
  if (password === undefined) return null;
  const url = new URL(databaseUrl);
  url.username = 'velolog_reader';
  url.password = password;
  return url.href;
}
