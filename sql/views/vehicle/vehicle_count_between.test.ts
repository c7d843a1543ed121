import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, tellTypes, vehicles } from '../../../test/history/told-vehicles.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('free-floating vehicles count by state, docked ones apart, an empty list is 0, and where nobody looked all is null', async () => {
  await tellTypes(store, 'counted');
  const scooter = (id: string, more = {}) => bike(id, { vehicle_type_id: 's', ...more });
  for (const second of [0, 60])
    await vehicles(store, 'counted', second, [
      scooter('1'),
      scooter('2', { east: 300, is_reserved: true }),
      scooter('3', { east: 600, station_id: 'dock' }),
    ]);
  for (const second of [120, 180]) await vehicles(store, 'counted', second, []);
  const rows = await store.ask(
    `select at, form_factor, vehicles::int, available::int, reserved::int, disabled::int, docked_vehicles::int
     from api.vehicle_count_between('2026-06-15 12:00Z', '2026-06-15 12:04Z', 'counted', 60) order by at`,
  );
  const counts = { vehicles: 2, available: 1, reserved: 1, disabled: 0, docked_vehicles: 1 };
  const none = { vehicles: 0, available: 0, reserved: 0, disabled: 0, docked_vehicles: 0 };
  const unknown = { vehicles: null, available: null, reserved: null, disabled: null, docked_vehicles: null };
  expect(rows).toEqual([
    { at: 0, form_factor: 'scooter_standing', ...counts },
    { at: 60, form_factor: 'scooter_standing', ...counts },
    { at: 120, form_factor: null, ...none },
    { at: 180, form_factor: null, ...none },
    { at: 240, form_factor: null, ...unknown },
  ]);
});
