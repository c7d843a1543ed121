import { READER_PATH, sessionUrl } from '@velolog/worker/session-url';
import pg from 'pg';
import { cancelQuery } from './cancel-query.ts';
import { toInstant } from './instant-text.ts';

/** The database as velolog_reader sees it: the schema `api`, read-only. Times are returned as RFC 3339. */
export type Reader = {
  /** Every value is bound ($1, …), never inserted into the text. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** The same rows as arrays, for large results. */
  tuples<Row extends unknown[]>(text: string, values?: unknown[]): Promise<Row[]>;
  /** The same for a client that may disconnect: when the signal aborts, the database stops the query. */
  until(signal: AbortSignal): Reader;
  end(): Promise<void>;
};

/** A client that would wait longer is told to come back, which is better than a queue that only grows. */
const CONNECTION_WAIT_MS = 5_000;
const STATEMENT_MS = 10_000;

export function openReader(
  databaseUrl: string,
  { connectionsMax, onIdleError }: { connectionsMax: number; onIdleError: (error: Error) => void },
): Reader {
  const pool = new pg.Pool({
    ...connectionSettings(databaseUrl),
    max: connectionsMax,
    connectionTimeoutMillis: CONNECTION_WAIT_MS,
    idleTimeoutMillis: 60_000,
  });
  // A connection that ends while idle must not end the process.
  pool.on('error', onIdleError);
  return readerOf(pool, null);
}

function readerOf(pool: pg.Pool, signal: AbortSignal | null): Reader {
  return {
    query: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await ask(pool, { text, values }, signal)).rows as Row[],
    tuples: async <Row extends unknown[]>(text: string, values: unknown[] = []) =>
      (await ask(pool, { text, values, rowMode: 'array' }, signal)).rows as Row[],
    until: (signal) => readerOf(pool, signal),
    end: () => pool.end(),
  };
}

type Question = { text: string; values: unknown[]; rowMode?: 'array' };

async function ask(
  pool: pg.Pool,
  question: Question,
  signal: AbortSignal | null,
): Promise<{ rows: unknown[] }> {
  const client = await pool.connect();
  let cancelled: Promise<void> | undefined;
  const cancel = () => {
    cancelled = cancelQuery(client);
  };
  // Without a listener a broken connection would end the process; the query fails by itself.
  client.on('error', ignore);
  let failure: Error | undefined;
  try {
    if (signal?.aborted) throw new Error('The client has left');
    signal?.addEventListener('abort', cancel, { once: true });
    return await client.query(question);
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    await cancelled;
    client.off('error', ignore);
    // A late cancellation would end the next query on this connection, so the connection is not reused.
    client.release(failure !== undefined || cancelled !== undefined);
  }
}

function ignore(): void {}

/** The settings of every connection of this worker. */
export function connectionSettings(databaseUrl: string): pg.ClientConfig {
  return {
    connectionString: sessionUrl(databaseUrl, { ...READER_PATH, statement_timeout: `${STATEMENT_MS}` }),
    application_name: 'velolog live',
    keepAlive: true,
    types: { getTypeParser: parserOf },
  };
}

const TIMESTAMPTZ = 1184;
const BIGINT = 20;

function parserOf(oid: number, format?: 'text' | 'binary') {
  if (oid === TIMESTAMPTZ) return toInstant;
  if (oid === BIGINT) return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}
