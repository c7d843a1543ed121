import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { bike, vehicles } from '../../../test/history/told-vehicles.ts';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('each feed has spans of its own, and an empty list of vehicles is an observation', async () => {
  const last = Math.floor((Date.now() - START) / 1000) - 10;
  await store.poll('both', last - 1000, [station('1', 3, 3)]);
  await vehicles(store, 'both', last - 60, [bike('1')]);
  await vehicles(store, 'both', last, []);
  expect(
    await store.ask(
      "select feed, from_at, polled_at, to_at from api.held_span where system_id = 'both' order by feed",
    ),
  ).toEqual([
    { feed: 'free_bike_status', from_at: last - 60, polled_at: last, to_at: Number.NaN },
    { feed: 'station_status', from_at: last - 1000, polled_at: last - 1000, to_at: last - 1000 },
  ]);
});
