import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike } from '../../../../test/history/told-vehicles.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import { placedStations, placedVehicles } from '../api/place.ts';
import { now, type Place, tellPlaces } from './test-places.ts';

let store: TestStore;
let live: TestLive;
beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const stationsIn = async (query: string) => placedStations.parse(await live.json(`/stations?${query}`));
const vehiclesIn = async (query: string) => placedVehicles.parse(await live.json(`/vehicles?${query}`));

test('what lies at a place is late by the feed that it comes from, where a system has two and one of them is dead', async () => {
  const box = 'bbox=5.3,60.3,5.4,60.4';
  const places: Place[] = [['quay', 60.39, 5.32]];
  const fleet = (system_id: string, second: number) =>
    store.record({
      system_id,
      feed: 'free_bike_status',
      second,
      body: { ttl: 60, data: { bikes: [{ ...bike('1'), lat: 60.39, lon: 5.32 }] } },
    });
  for (const system of ['dead_fleet', 'dead_docks']) {
    await tellPlaces(store, system, places, { quay: 5 }, { second: 0 });
    await fleet(system, 0);
  }
  const stations = [{ station_id: 'quay', num_bikes_available: 4, num_docks_available: 6 }];
  await store.record({
    system_id: 'dead_fleet',
    feed: 'station_status',
    second: now(),
    body: { ttl: 60, data: { stations } },
  });
  await fleet('dead_docks', now());
  const late = (rows: { system_id: string; overdue: boolean }[]) =>
    Object.fromEntries(rows.map(({ system_id, overdue }) => [system_id, overdue]));
  // Requests within two seconds share a list of systems, which may be from before.
  await expect
    .poll(async () => late((await stationsIn(box)).stations), { timeout: 10_000 })
    .toEqual({ dead_fleet: false, dead_docks: true });
  const { vehicles, systems } = await vehiclesIn(box);
  expect(late(vehicles)).toEqual({ dead_fleet: true, dead_docks: false });
  expect(systems.map((one) => [one.system_id, one.overdue, one.vehicles_overdue])).toEqual([
    ['dead_docks', true, false],
    ['dead_fleet', false, true],
  ]);
});
