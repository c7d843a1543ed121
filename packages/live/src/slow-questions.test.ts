import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isStations, openEvents } from '../../../test/workers/event-source.ts';
import { startTestLive, type TestLive } from '../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';
import { stations } from './api/station.ts';

const PATIENCE = { timeout: 60_000, interval: 20 };
/** More than the worker has connections for questions. */
const MANY = 12;
const QUESTION = '/systems/city/stations/1/history';

let store: TestStore;
let live: TestLive;
let owner: pg.Client;
beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
  owner = new pg.Client({ connectionString: store.url });
  await owner.connect();
  await poll(0, 5);
});
afterAll(async () => {
  await owner.end();
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const poll = (second: number, bikes: number) =>
  store.poll('city', second, [{ station_id: '1', num_bikes_available: bikes, num_docks_available: 3 }]);

/** Queries of the live worker that wait for a lock now. */
const waiting = () =>
  store.ask(
    `select query from pg_stat_activity where datname = current_database() and application_name = 'velolog live'
     and wait_event_type = 'Lock'`,
  );

/** While it runs, every question about this table waits: as slow as a question can be. */
async function whileLocked(table: string, run: () => Promise<void>): Promise<void> {
  await owner.query(`begin; lock table ${table} in access exclusive mode`);
  try {
    await run();
  } finally {
    await owner.query('rollback');
  }
}

test('slow questions of many clients hold up neither events nor /readyz, and end when their clients leave', async () => {
  const follower = await openEvents(`${live.url}/api/v1/systems/city/events`);
  await follower.next();
  await whileLocked('velolog.station_hour', async () => {
    const leave = new AbortController();
    const asked = Array.from({ length: MANY }, () =>
      live.get(QUESTION, { signal: leave.signal }).catch((error: Error) => error.name),
    );
    await expect.poll(async () => (await waiting()).length, PATIENCE).toBeGreaterThanOrEqual(8);
    expect((await fetch(`${live.url}/readyz`)).status).toBe(200);
    await poll(30, 4);
    expect((await follower.next(isStations)).data).toMatchObject({ stations: [{ num_bikes_available: 4 }] });
    leave.abort();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['AbortError']));
    // The table is still locked: nothing but a cancelled query ends here before its time limit.
    await expect.poll(waiting, { ...PATIENCE, timeout: 5_000 }).toEqual([]);
  });
  follower.close();
  expect((await live.get(QUESTION)).status).toBe(200);
  expect(await live.metric('velolog_live_request_seconds_count', 'status="503"')).toBe(0);
});

test('a download that the client gives up ends its query', async () => {
  await whileLocked('velolog.station_status', async () => {
    const leave = new AbortController();
    const asked = live.get('/systems/city/changes.csv', { signal: leave.signal }).catch(() => {});
    await expect.poll(waiting, PATIENCE).toHaveLength(1);
    leave.abort();
    await asked;
    await expect.poll(waiting, { ...PATIENCE, timeout: 5_000 }).toEqual([]);
  });
});

test('/stations gives the names of the version that it names', async () => {
  const tellName = (second: number, name: string) =>
    store.record({
      system_id: 'city',
      feed: 'station_information',
      second,
      body: { data: { stations: [{ station_id: '1', name, lat: 59.9, lon: 10.7 }] } },
    });
  await tellName(40, 'Old Square');
  await owner.query('begin; lock table velolog.station_state in access exclusive mode');
  const asked = live.json('/systems/city/stations');
  await expect.poll(waiting, PATIENCE).toHaveLength(1);
  await owner.query(`update velolog.station set name = 'New Square'; commit`);
  const told = stations.parse(await asked);
  const after = stations.parse(await live.json('/systems/city/stations'));
  expect(after.stations).toMatchObject([{ name: 'New Square' }]);
  expect(told).toEqual(after);
});
