import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { PartitionProgress } from './progress.ts';

const LOOK_INTERVAL_MS = 1_000;
const ANSWER_MS = 2_000;
const STANDS_SECONDS = 5;

/**
 * While a partition stands still, asks the database whether it is there, over a connection of its own: those of the pool may
 * be what hangs. Only a database that does not answer excuses the standing still; one that answers and refuses, or a lock, does not.
 */
export async function watchDatabaseForever(options: {
  databaseUrl: string;
  progress: PartitionProgress;
  signal: AbortSignal;
}): Promise<void> {
  const { databaseUrl, progress, signal } = options;
  while (!signal.aborted) {
    if (progress.stalledFor(STANDS_SECONDS) !== null && !(await answers(databaseUrl))) progress.held();
    await wait(LOOK_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => {});
  }
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
  } catch {
    return false;
  } finally {
    void client.end().catch(() => {});
  }
}
