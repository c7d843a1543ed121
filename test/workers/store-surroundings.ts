import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../servers/test-database.ts';
import { createTestTopics, type TestTopics } from './test-worker.ts';

/** The surroundings of a test's store worker: its topics, its database, and a session of the database's owner for queries. */
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
