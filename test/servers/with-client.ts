import pg from 'pg';

/** Calls `work` with a connection to the database, and closes it afterwards. */
export async function withClient<T>(
  database: string | pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(database);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
