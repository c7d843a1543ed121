import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('vehicle_type shows each version of the document, and a poll with the same adds none', async () => {
  const tell = (second: number, data: object) =>
    store.record({ system_id: 'told', feed: 'vehicle_types', second, body: { data } });
  await tell(0, {
    vehicle_types: [
      { vehicle_type_id: 'a', form_factor: 'moped', propulsion_type: 'electric', max_range_meters: 90_000 },
    ],
  });
  await tell(60, {
    vehicle_types: [
      { vehicle_type_id: 'a', form_factor: 'moped', propulsion_type: 'electric', max_range_meters: 90_000 },
    ],
  });
  await tell(120, {
    vehicle_types: [{ vehicle_type_id: 'a', form_factor: 'car', propulsion_type: 'combustion' }],
  });
  store.restart();
  await tell(180, {
    vehicle_types: [{ vehicle_type_id: 'a', form_factor: 'car', propulsion_type: 'combustion' }],
  });
  expect(
    await store.ask("select * from api.vehicle_type where system_id = 'told' order by valid_from"),
  ).toMatchObject([
    { vehicle_type_id: 'a', form_factor: 'moped', max_range_meters: 90_000, valid_from: 0, valid_to: 120 },
    { form_factor: 'car', max_range_meters: null, valid_from: 120, valid_to: null },
  ]);
});
