import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, tellTypes, vehicles } from '../../../test/history/told-vehicles.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const total = (system_id: string) =>
  store.ask(
    `select * from api.vehicle_total where system_id = $1 order by form_factor collate "C" nulls last`,
    [system_id],
  );

test('vehicles are counted by form factor and state, those at a station apart, with the box they stand in', async () => {
  await tellTypes(store, 'mixed');
  await vehicles(store, 'mixed', 0, [
    bike('1', { vehicle_type_id: 's' }),
    bike('2', { east: 300, vehicle_type_id: 's', is_reserved: true }),
    bike('3', { east: 600, vehicle_type_id: 's', is_disabled: true }),
    bike('4', { east: 5_500, vehicle_type_id: 'e', station_id: 'dock' }),
    bike('5', { east: 900 }),
  ]);
  expect(await total('mixed')).toMatchObject([
    { form_factor: 'bicycle', vehicles: 0, available: 0, docked_vehicles: 1 },
    {
      form_factor: 'scooter_standing',
      vehicles: 3,
      available: 1,
      reserved: 1,
      disabled: 1,
      docked_vehicles: 0,
      west: 10.7,
      south: 59.9,
      north: 59.9,
      observed_at: 0,
      is_archive: false,
    },
    { form_factor: null, vehicles: 1, available: 1 },
  ]);
});

test('a vehicle that left is not counted, and an empty list has no row', async () => {
  await vehicles(store, 'left', 0, [bike('1'), bike('2', { east: 300 })]);
  await vehicles(store, 'left', 60, [bike('1')]);
  expect(await total('left')).toMatchObject([{ vehicles: 1, observed_at: 60 }]);
  await vehicles(store, 'left', 120, []);
  expect(await total('left')).toEqual([]);
});
