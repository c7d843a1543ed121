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
