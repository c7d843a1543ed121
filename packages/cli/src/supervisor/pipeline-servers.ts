import { randomBytes } from 'node:crypto';
import { type EmbeddedKafka, type KafkaLogin, startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import { readJsonFile, writeJsonFile } from '@velolog/embedded/json-file';
import { OWNER_PATH, sessionUrl } from '@velolog/worker/session-url';
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
  /** null: the settings say how to log in to a Kafka that is not ours. */
  kafkaLogin: KafkaLogin | null;
};

type Secrets = { reader_password: string; kafka_password: string };

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
  try {
    const readerPassword = settings.READER_PASSWORD ?? readSecrets(home).reader_password;
    const databaseUrl = await ensureDatabase(postgres.url);
    return {
      postgres,
      databaseUrl,
      readerPassword,
      readerDatabaseUrl: readerUrl(databaseUrl, readerPassword),
    };
  } catch (error) {
    // Whoever called has nothing to stop it by.
    await postgres.stop();
    throw error;
  }
}

/** The embedded Kafka, or that of KAFKA_BROKERS. */
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

/** The passwords of a home: made once, and one more when a later version needs it. */
function readSecrets(home: Home): Secrets {
  const known = readJsonFile<Partial<Secrets>>(home.secrets);
  if (known?.reader_password && known.kafka_password) return known as Secrets;
  const secret = () => randomBytes(18).toString('base64url');
  const secrets = { reader_password: secret(), kafka_password: secret(), ...known };
  writeJsonFile(home.secrets, secrets, 0o600);
  return secrets;
}

function readerUrl(databaseUrl: string, password: string | undefined): string | null {
  if (password === undefined) return null;
  const url = new URL(databaseUrl);
  url.username = 'velolog_reader';
  url.password = password;
  return url.href;
}
