import { expect, test } from 'vitest';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('known_report passes over rows that know neither count, and keeps those that know one', async () => {
  await using store = await openTestStore();
  await store.poll('a', 0, [{ station_id: '1', num_bikes_available: 1, num_docks_available: 2 }]);
  await store.poll('a', 30, [{ station_id: '1', is_renting: true }]);
  await store.poll('a', 60, [{ station_id: '1', num_docks_available: 2 }]);
  expect(
    await store.ask(
      'select observed_at, num_bikes_available, num_docks_available from api.known_report order by observed_at',
    ),
  ).toEqual([
    { observed_at: 0, num_bikes_available: 1, num_docks_available: 2 },
    { observed_at: 60, num_bikes_available: null, num_docks_available: 2 },
  ]);
});
