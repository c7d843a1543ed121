import { forever } from '@velolog/worker/forever';
import type { Log } from '@velolog/worker/log';
import pg from 'pg';
import type { PartitionProgress } from './progress.ts';

const LOOK_INTERVAL_SECONDS = 1;
const ANSWER_MS = 2_000;
const STANDS_SECONDS = 5;

/** SQLSTATEs of a database that is shutting down, has crashed, or is not up yet. */
const AWAY = new Set(['57P01', '57P02', '57P03']);

/**
 * While a partition makes no progress, checks whether the database answers, over a separate connection: those of the
 * pool may be what hangs. Only a database that does not answer excuses the standstill; one that answers with an error,
 * or a lock, does not.
 */
export function watchDatabaseForever({
  databaseUrl,
  progress,
  ...loop
}: {
  databaseUrl: string;
  progress: PartitionProgress;
  signal: AbortSignal;
  log: Pick<Log, 'warn'>;
}): Promise<void> {
  const lookOnce = async () => {
    if (progress.stalledFor(STANDS_SECONDS) !== null && !(await answers(databaseUrl))) progress.held();
  };
  return forever(LOOK_INTERVAL_SECONDS, lookOnce, { what: 'look at the database', ...loop });
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (error) {
    return error instanceof pg.DatabaseError && !AWAY.has(error.code ?? '');
  } finally {
    void client.end().catch(() => {});
  }
}
