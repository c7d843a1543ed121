import pg from 'pg';
import { toInstant } from './instant-text.ts';

/** The database as velolog_reader sees it: the schema `api`, and nothing to write. Times come as RFC 3339. */
export type Reader = {
  /** Every value is bound ($1, …), never put into the text. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** The same rows as arrays, for many of them. */
  tuples<Row extends unknown[]>(text: string, values?: unknown[]): Promise<Row[]>;
  end(): Promise<void>;
};

const CONNECTIONS_MAX = 8;
/** Whoever waits for longer is told to come back, which is better than a queue that only grows. */
const CONNECTION_WAIT_MS = 5_000;
const STATEMENT_MS = 10_000;

export function openReader(databaseUrl: string, onIdleError: (error: Error) => void): Reader {
  const pool = new pg.Pool({
    ...connectionSettings(databaseUrl),
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECTION_WAIT_MS,
    idleTimeoutMillis: 60_000,
  });
  // A connection that ends while nobody uses it must not end the process.
  pool.on('error', onIdleError);
  return {
    query: async (text, values = []) => (await pool.query(text, values)).rows,
    tuples: async <Row extends unknown[]>(text: string, values: unknown[] = []) =>
      (await pool.query<Row>({ text, values, rowMode: 'array' })).rows,
    end: () => pool.end(),
  };
}

/** How every connection of this worker is made. */
export function connectionSettings(databaseUrl: string): pg.ClientConfig {
  return {
    connectionString: databaseUrl,
    application_name: 'velolog live',
    options: `-c timezone=UTC -c statement_timeout=${STATEMENT_MS}`,
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
