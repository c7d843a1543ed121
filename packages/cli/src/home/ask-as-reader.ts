import { READER_PATH, sessionUrl } from '@velolog/worker/session-url';
import pg from 'pg';
import type { State } from './state.ts';

/**
 * Asks the database as its reader, on a connection of its own, so that a restart of the database does no harm.
 * @returns null when the database cannot be asked
 */
export async function askAsReader<Row>(
  { reader_database_url, database_url }: State,
  query: string,
  values: unknown[],
): Promise<Row[] | null> {
  const url = process.env.READER_DATABASE_URL || reader_database_url || database_url;
  if (!url) return null;
  const client = new pg.Client({
    connectionString: sessionUrl(url, READER_PATH),
    application_name: 'velolog',
  });
  // A server that goes away between two answers must not end this process.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(query, values)).rows as Row[];
  } catch {
    return null;
  } finally {
    await client.end().catch(() => {});
  }
}
