import { OWNER_PATH, sessionUrl } from '@velolog/worker/session-url';
import pg from 'pg';

/** A connection of the lake worker to PostgreSQL, as the owner of the tables. */
export async function openLakeSession(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: sessionUrl(databaseUrl, OWNER_PATH),
    application_name: 'velolog lake',
  });
  // What fails shows at the next query.
  client.on('error', () => {});
  await client.connect();
  return client;
}
