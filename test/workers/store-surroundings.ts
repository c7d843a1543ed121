import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../servers/test-database.ts';
import { createTestTopics, type TestTopics } from './test-worker.ts';

/** What a store worker of one test stands between: its topics and its database, and a session of the database's owner to look into it. */
export type StoreSurroundings = AsyncDisposable & {
  topics: TestTopics;
  database: TestDatabase;
  client: pg.Client;
};

export async function openStoreSurroundings(partitions: number): Promise<StoreSurroundings> {
  const [topics, database] = await Promise.all([createTestTopics(partitions), createTestDatabase()]);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return {
    topics,
    database,
    client,
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await topics[Symbol.asyncDispose]();
      await database.drop();
    },
  };
}
