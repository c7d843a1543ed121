import { afterAll, beforeAll, expect, test } from 'vitest';
import { tellTypes } from '../../../test/history/told-vehicles.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('counts by type follow the list: 0 if a type is left out, null if the feed no longer counts by type', async () => {
  await tellTypes(store, 'typed');
  const station = (types?: object[]) => ({
    station_id: '1',
    num_bikes_available: 5,
    ...(types && { vehicle_types_available: types }),
  });
  const counts = () =>
    store.ask(
      `select vehicle_type_id, form_factor, propulsion_type, count from api.station_vehicle_type_current where system_id = 'typed' order by 1`,
    );
  await store.poll('typed', 0, [
    station([
      { vehicle_type_id: 'e', count: 2 },
      { vehicle_type_id: 'h', count: 3 },
    ]),
  ]);
  await store.poll('typed', 60, [station([{ vehicle_type_id: 'h', count: 3 }])]);
  expect(await counts()).toEqual([
    { vehicle_type_id: 'e', form_factor: 'bicycle', propulsion_type: 'electric_assist', count: 0 },
    { vehicle_type_id: 'h', form_factor: 'bicycle', propulsion_type: 'human', count: 3 },
  ]);
  store.restart();
  await store.poll('typed', 120, [station()]);
  expect(await counts()).toMatchObject([{ count: null }, { count: null }]);
  expect(await store.ask('select count(*)::int as rows from velolog.station_type_status')).toEqual([
    { rows: 5 },
  ]);
  // A station that is no longer listed has none, and the age is told: a feed may be dead.
  await store.poll('typed', 180, [{ station_id: '2', num_bikes_available: 1 }]);
  expect(await counts()).toEqual([]);
  await store.poll('typed', 240, [station([{ vehicle_type_id: 'e', count: 2 }])]);
  const [told] = await store.ask(
    `select count, is_archive, age_seconds > 86400 as is_old from api.station_vehicle_type_current where system_id = 'typed' and vehicle_type_id = 'e'`,
  );
  expect(told).toEqual({ count: 2, is_archive: false, is_old: true });
});
