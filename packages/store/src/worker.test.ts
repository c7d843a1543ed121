import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TestDatabase } from '../../../test/servers/test-database.ts';
import { minutePoll } from '../../../test/workers/status-poll.ts';
import { openStoreSurroundings, type StoreSurroundings } from '../../../test/workers/store-surroundings.ts';
import { startTestWorker, type TestTopics } from '../../../test/workers/test-worker.ts';
import { untilStored } from '../../../test/workers/until-stored.ts';

let surroundings: StoreSurroundings;
let topics: TestTopics;
let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  surroundings = await openStoreSurroundings(1);
  ({ topics, database, client } = surroundings);
});
afterEach(() => surroundings[Symbol.asyncDispose]());

const poll = (minute: number) => minutePoll('city', minute);

test('a worker starts even if coming months are missing and a lock prevents making them, and stores rows of existing months', async () => {
  await topics.publish([poll(0)]);
  const first = await startTestWorker(database, topics);
  await untilStored(database.url, await topics.ends());
  await first.stop();
  const { rows } = await client.query(
    "select relname from pg_inherits join pg_class on oid = inhrelid where inhparent = 'velolog.station_status'::regclass and relname <> 'station_status_2026_06'",
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { relname } of rows) await client.query(`drop table velolog.${relname}`);
  // As a vacuum holds it, or the making of an index.
  await client.query('begin; lock table velolog.station_status in share update exclusive mode');
  await topics.publish([poll(1)]);
  const worker = await startTestWorker(database, topics);
  await untilStored(database.url, await topics.ends());
  expect((await fetch(`${worker.health.url}/readyz`)).status).toBe(200);
  await worker.stop();
  await client.query('rollback');
});

test('/livez fails while a record waits and none is stored, and passes when it is', async () => {
  const held = Promise.withResolvers<void>();
  const worker = await startTestWorker(database, topics, {
    env: { STALL_SECONDS: '10' },
    passing: async (point) => {
      if (point === 'before_transaction') await held.promise;
    },
  });
  const live = async () => (await fetch(`${worker.health.url}/livez?verbose`)).text();
  expect(await live()).toContain('[+]progress ok');
  await topics.publish([poll(0)]);
  await expect
    .poll(live, { timeout: 120_000 })
    .toContain(
      `[-]progress failed: partition 0 of ${topics.names.pollsTopic} has records to read, and none was stored for 10 s`,
    );
  expect((await fetch(`${worker.health.url}/livez`)).status).toBe(503);
  held.resolve();
  await untilStored(database.url, await topics.ends());
  await expect.poll(async () => (await fetch(`${worker.health.url}/livez`)).status).toBe(200);
  await worker.stop();
});
