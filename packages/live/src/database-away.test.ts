import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../../test/servers/tcp-proxy.ts';
import { isStations, openEvents } from '../../../test/workers/event-source.ts';
import { startTestLive, type TestLive } from '../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

const PATIENCE = { timeout: 120_000, interval: 50 };

let store: TestStore;
let proxy: TcpProxy;
let live: TestLive;
beforeAll(async () => {
  store = await openTestStore();
  const direct = new URL(store.readerUrl);
  proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port) });
  const through = new URL(store.readerUrl);
  through.hostname = '127.0.0.1';
  through.port = String(proxy.port);
  live = await startTestLive(through.href);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const poll = (second: number, count: number) =>
  store.poll('away', second, [{ station_id: '1', num_bikes_available: count, num_docks_available: 9 }]);
const ready = async () => (await fetch(`${live.url}/readyz`)).status;

test('while the database is away requests get Retry-After, followers get the reason, and both recover by themselves', async () => {
  await poll(0, 5);
  const follower = await openEvents(`${live.url}/api/v1/systems/away/events`);
  await follower.next();
  expect(await ready()).toBe(200);

  await proxy.cut();
  // A notification cannot arrive any more; looking fails and says so.
  expect((await follower.next()).data).toMatchObject({
    database: 'away',
    observed_at: '2026-06-15T12:00:00.000Z',
  });
  for (const path of [
    '/systems',
    '/systems/away/stations',
    '/systems/away/changes.csv',
    '/systems/other/events',
  ]) {
    const answer = await live.get(path);
    expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 503, '5']);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({
      status: 503,
      detail: expect.stringContaining('database is not available'),
    });
  }
  expect(await ready()).toBe(503);
  expect((await fetch(`${live.url}/livez`)).status).toBe(200);
  await poll(30, 4);
  await poll(60, 3);

  await proxy.mend();
  await expect.poll(ready, PATIENCE).toBe(200);
  // What was committed meanwhile, once, and that the database is back.
  const { data } = await follower.next(isStations);
  expect(data).toMatchObject({
    stations: [{ num_bikes_available: 3 }],
    changes: [{ bikes_delta: -1 }, { bikes_delta: -1 }],
  });
  expect((await follower.next()).data).toMatchObject({ database: 'ok' });
  expect((await live.get('/systems/away/stations')).status).toBe(200);
  await poll(90, 2);
  expect((await follower.next(isStations)).data).toMatchObject({ stations: [{ num_bikes_available: 2 }] });
  follower.close();
});

test('a lost notification is made up for by looking', async () => {
  await poll(120, 1);
  const follower = await openEvents(`${live.url}/api/v1/systems/away/events`);
  await follower.next();
  // The listener is gone at the moment of the commit.
  await store.ask(
    `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()`,
  );
  await poll(150, 8);
  expect((await follower.next(isStations)).data).toMatchObject({ stations: [{ num_bikes_available: 8 }] });
  await expect
    .poll(
      () =>
        store.ask(`select from pg_stat_activity where query like 'listen%' and datname = current_database()`),
      PATIENCE,
    )
    .toHaveLength(1);
  follower.close();
});
