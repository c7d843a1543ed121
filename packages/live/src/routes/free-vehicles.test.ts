import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike } from '../../../../test/history/told-vehicles.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';

/** Beside you stand vehicles of a dead feed, one at a station and one that is reserved; a free one stands farther away. */
let store: TestStore;
let live: TestLive;

beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
  const now = Math.floor((Date.now() - START) / 1000) - 10;
  const tell = (system_id: string, second: number, bikes: object[]) =>
    store.record({ system_id, second, feed: 'free_bike_status', body: { ttl: 60, data: { bikes } } });
  await tell('dead', 0, [bike('1'), bike('2')]);
  await tell('alive', now, [
    bike('3', { station_id: 'dock' }),
    bike('4', { is_reserved: true }),
    bike('5', { east: 600 }),
  ]);
});
afterAll(async () => {
  await live?.[Symbol.asyncDispose]();
  await store?.[Symbol.asyncDispose]();
});

test('the nearest free vehicle is found behind any number of nearer ones that are late, docked or reserved', async () => {
  const { vehicles, limit_reached } = await live.json(
    '/vehicles/nearest?lat=59.9&lon=10.7&limit=1&free=true',
  );
  expect(vehicles).toMatchObject([
    { system_id: 'alive', state: 'available', station_id: null, overdue: false },
  ]);
  expect(limit_reached).toBe(false);
  const all = await live.json('/vehicles/nearest?lat=59.9&lon=10.7');
  expect(all.vehicles).toHaveLength(5);
});
