import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestDatabase } from '../../../test/servers/test-database.ts';
import { minutePoll } from '../../../test/workers/status-poll.ts';
import { openStoreSurroundings, type StoreSurroundings } from '../../../test/workers/store-surroundings.ts';
import { startTestWorker, type TestTopics, type TestWorker } from '../../../test/workers/test-worker.ts';
import { untilStored } from '../../../test/workers/until-stored.ts';
import { migrate } from './migrate/migrate.ts';
import { type Migration, migrationOf, readMigrations, writerVersionOf } from './migrate/migrations.ts';

const SYSTEMS = ['amsterdam', 'bergen', 'cork', 'delft', 'essen', 'faro'];

const old = readMigrations();
const compatible = migrationOf({
  name: '9998-compatible.sql',
  text: '-- Older workers: go on\nalter table velolog.station_status add column of_newer_versions smallint;',
});
const breaking = migrationOf({
  name: '9999-breaking.sql',
  text: '-- Older workers: must end\nalter table velolog.station_status drop column of_newer_versions;',
});

let surroundings: StoreSurroundings;
let topics: TestTopics;
let database: TestDatabase;
let client: pg.Client;
const workers: TestWorker[] = [];

beforeAll(async () => {
  surroundings = await openStoreSurroundings(4);
  ({ topics, database, client } = surroundings);
});
afterAll(async () => {
  await Promise.allSettled(workers.map((worker) => worker.stop()));
  await surroundings[Symbol.asyncDispose]();
});

async function start(migrations: Migration[]): Promise<TestWorker> {
  const worker = await startTestWorker(database, topics, { migrations });
  workers.push(worker);
  return worker;
}

let minute = 0;
/** A poll of each system, in which its station has another number of bikes than before. */
async function publishMinute(): Promise<void> {
  minute += 1;
  await topics.publish(SYSTEMS.map((system_id) => minutePoll(system_id, minute)));
}

async function stored(): Promise<number[][]> {
  const { rows } = await client.query<{ bikes: number[] }>(
    `select array_agg(num_bikes_available::int order by observed_at) as bikes
     from velolog.station_status join velolog.station using (station_key) group by station_key`,
  );
  return rows.map(({ bikes }) => bikes);
}

async function expectAllStored(): Promise<void> {
  await untilStored(database.url, await topics.ends());
  const all = Array.from({ length: minute }, (_, index) => index + 1);
  expect(await stored()).toEqual(SYSTEMS.map(() => all));
}

const refused = { exitCode: 2, message: expect.stringMatching(/9999-breaking\.sql.*newer version/) };

test('an older worker goes on beside and after a compatible migration, and ends at a breaking one; no record is lost', async () => {
  const older = await start(old);
  await publishMinute();
  await expectAllStored();

  const newer = await start([...old, compatible]);
  await publishMinute();
  await expectAllStored();
  await newer.stop();
  // Alone again, on the newer schema.
  await publishMinute();
  await expectAllStored();
  await older.stop();

  await client.query('drop view api.system cascade');
  const restarted = await start(old);
  await publishMinute();
  await expectAllStored();
  // It leaves the views to the newer version.
  expect((await client.query("select to_regclass('api.system') as view")).rows).toEqual([{ view: null }]);

  await migrate(database.url, { migrations: [...old, compatible, breaking] });
  await publishMinute();
  await expect(restarted.stopped).rejects.toMatchObject(refused);
  await expect(start(old)).rejects.toMatchObject(refused);
  const newest = await start([...old, compatible, breaking]);
  await expectAllStored();
  await newest.stop();
});

test('from a breaking migration on, PostgreSQL takes no mark of a worker that does not know it', async () => {
  const newest = writerVersionOf([...old, compatible, breaking]);
  expect(newest).toBe(writerVersionOf(old) + 1);
  for (const table of ['kafka_position', 'rolled_range', 'vehicle_rolled']) {
    const { rows } = await client.query(
      `select pg_get_triggerdef(oid) as definition from pg_trigger where tgrelid = $1::regclass and tgname = 'refuse_older_worker'`,
      [`velolog.${table}`],
    );
    expect(rows).toEqual([{ definition: expect.stringContaining(`<> '${newest}'::text`) }]);
  }
});
