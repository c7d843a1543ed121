import { OWNER_PATH, sessionUrl } from '@velolog/worker/session-url';
import pg from 'pg';
import { isRemembered } from './lake-memory.ts';

/** A connection of the lake worker to PostgreSQL, as the owner of the tables. */
export async function openLakeSession(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: sessionUrl(databaseUrl, OWNER_PATH),
    application_name: 'velolog lake',
  });
  // Errors show up at the next query.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** For a health check: a separate connection, closed when it takes too long. */
export async function askDatabase(databaseUrl: string, signal: AbortSignal): Promise<void> {
  await withClient(databaseUrl, signal, (client) =>
    client.query('select from velolog.month_revision limit 1'),
  );
}

/** Whether a lake of that name was written from the database. */
export function askRemembered(databaseUrl: string, lake: string, signal: AbortSignal): Promise<boolean> {
  return withClient(databaseUrl, signal, (client) => isRemembered(client, lake));
}

async function withClient<T>(
  databaseUrl: string,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: sessionUrl(databaseUrl, OWNER_PATH),
    application_name: 'velolog lake health',
  });
  client.on('error', () => {});
  const end = () => void client.end().catch(() => {});
  signal.addEventListener('abort', end, { once: true });
  try {
    await client.connect();
    return await work(client);
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}
