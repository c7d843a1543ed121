import { OWNER_PATH, sessionUrl } from '@velolog/worker/session-url';
import {
  createPool,
  type DatabasePool,
  type Interceptor,
  type QueryResultRow,
  SchemaValidationError,
} from 'slonik';
import { readMigrations, writerVersionOf } from '../migrate/migrations.ts';

/**
 * Opens the pool of the store worker. The worker writes one partition after another, so it needs few connections.
 * slonik's default of closing them after 5 s would reconnect at every poll, and its `discard all` after each use costs
 * a round trip that a pool with one user does not need. The pool retries nothing: retry.ts does, and sends heartbeats
 * in the meantime.
 */
export async function openDatabase(
  databaseUrl: string,
  options: { connectionsMax: number; statementTimeoutMs?: number; writerVersion?: number },
): Promise<DatabasePool> {
  const session = {
    ...OWNER_PATH,
    lock_timeout: `${LOCK_TIMEOUT_MS}`,
    'velolog.writer_version': `${options.writerVersion ?? writerVersionOf(readMigrations())}`,
  };
  return createPool(sessionUrl(withKnownSslMode(databaseUrl), session), {
    captureStackTrace: false,
    connectionRetryLimit: 0,
    connectionTimeout: 30_000,
    idleTimeout: 10 * 60_000,
    interceptors: [checkRows],
    maxPoolSize: options.connectionsMax,
    queryRetryLimit: 0,
    resetConnection: async () => {},
    statementTimeout: options.statementTimeoutMs ?? 20_000,
    transactionRetryLimit: 0,
  });
}

/**
 * Shorter than a statement may take, so that waiting for another session's lock gives a different error than being
 * slow, and whatever waits behind it can continue.
 */
const LOCK_TIMEOUT_MS = 5_000;

/**
 * slonik knows only three modes. node-postgres, which connects, checks certificates in all other modes as in `require`.
 */
function withKnownSslMode(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && !['disable', 'no-verify', 'require'].includes(mode)) {
    url.searchParams.set('sslmode', 'require');
  }
  return url.href;
}

/** slonik carries the zod schema of a query, but leaves the check to an interceptor. */
const checkRows: Interceptor = {
  name: 'check-rows',
  transformRow: ({ resultParser }, query, row) => {
    if (resultParser === undefined) return row;
    const checked = resultParser['~standard'].validate(row);
    if (checked instanceof Promise) throw new TypeError('A row schema must be synchronous');
    if (checked.issues !== undefined) throw new SchemaValidationError(query, row, checked.issues);
    return checked.value as QueryResultRow;
  },
};
