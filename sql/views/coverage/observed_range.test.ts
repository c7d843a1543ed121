import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('a feed has one stretch from its first record to its last, whatever they brought, and one more for history that lies before', async () => {
  await store.poll('city', 600, [station('1', 3, 3)]);
  await store.poll('city', 5_000, []);
  await store.poll('city', 0, [station('1', 3, 3)], { imported: true });
  await store.poll('city', 300, [station('1', 3, 3)], { imported: true });
  expect(
    await store.ask(
      `select system_id, feed, from_at, to_at from api.observed_range where feed = 'station_status' order by from_at`,
    ),
  ).toEqual([
    { system_id: 'city', feed: 'station_status', from_at: 0, to_at: 300 },
    { system_id: 'city', feed: 'station_status', from_at: 600, to_at: 5_000 },
  ]);
});
