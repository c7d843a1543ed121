import { READER_PATH, sessionUrl } from '@velolog/worker/session-url';
import pg from 'pg';
import type { State } from './state.ts';

/**
 * Queries the database as its reader. Each query opens a new connection, so a restart of the database does no harm.
 * @returns null when the query fails
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
  // Without a listener, a lost connection would end this process.
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
