import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('it counts each system separately, with absent stations, and distinguishes polls from imports', async () => {
  await store.poll('city', 0, [station('1', 3, 3), station('2', 3, 3)]);
  await store.poll('city', 60, [station('1', 4, 2)]);
  await store.poll('archive', 0, [station('1', 3, 3)], { imported: true });
  expect(
    await store.ask(
      'select system_id, stations, status_rows::int, last_polled_at from api.system_holding order by 1',
    ),
  ).toEqual([
    { system_id: 'archive', stations: 1, status_rows: 1, last_polled_at: null },
    { system_id: 'city', stations: 2, status_rows: 3, last_polled_at: 60 },
  ]);
});
