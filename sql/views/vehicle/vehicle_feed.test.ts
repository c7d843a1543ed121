import { rollUpVehicles } from '@velolog/store/upkeep/vehicle-hours';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, vehicles } from '../../../test/history/told-vehicles.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('of a system that had the feed under two names, the one fetched last counts', async () => {
  await vehicles(store, 'renamed', 0, [bike('1')]);
  await vehicles(store, 'renamed', 60, [bike('1')], 'vehicle_status');
  expect(
    await store.ask(`select observed_at, is_archive from api.vehicle_feed where system_id = 'renamed'`),
  ).toEqual([{ observed_at: 60, is_archive: false }]);
});

test('where the list takes its newer name nothing comes or goes, nothing counts twice, and the older name is late no more', async () => {
  const fleet = [bike('1'), bike('2', { east: 300 })];
  for (let minute = 0; minute <= 60; minute++)
    await vehicles(
      store,
      'upgraded',
      minute * 60,
      fleet,
      minute < 30 ? 'free_bike_status' : 'vehicle_status',
    );
  const ask = (query: string) => store.ask(query.replaceAll('SYSTEM', "'upgraded'"));
  const window = `to_timestamp(1781524800), to_timestamp(1781524800 + 3600), SYSTEM`;
  expect(await ask(`select at, vehicles from api.vehicle_count_between(${window}, 900) order by at`)).toEqual(
    [0, 900, 1800, 2700, 3600].map((at) => ({ at, vehicles: '2' })),
  );
  expect(await ask(`select * from api.vehicle_change_between(${window})`)).toEqual([]);
  expect(await ask(`select vehicles_available from api.system_current where system_id = SYSTEM`)).toEqual([
    { vehicles_available: 2 },
  ]);
  await rollUpVehicles(store.context.pool);
  const hours = await ask(
    `select hour_at, vehicles_mean, appeared, vanished from api.vehicle_cell_hour where system_id = SYSTEM`,
  );
  expect(hours).toEqual(Array(2).fill({ hour_at: 0, vehicles_mean: 1, appeared: 0, vanished: 0 }));
  expect(
    await ask(`select feed, is_archive, overdue from api.feed_health where system_id = SYSTEM order by feed`),
  ).toEqual([
    { feed: 'free_bike_status', is_archive: true, overdue: false },
    { feed: 'vehicle_status', is_archive: false, overdue: true },
  ]);
});
