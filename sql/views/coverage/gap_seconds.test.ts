import { expect, test } from 'vitest';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('gap_seconds adds the absences of the station to the gaps of the feed, and no time twice', async () => {
  await using store = await openTestStore();
  const one = { station_id: '1', num_bikes_available: 1 };
  const two = { station_id: '2', num_bikes_available: 1 };
  await store.poll('a', 0, [one, two]);
  await store.poll('a', 30, [one]);
  await store.poll('a', 1030, [one]);
  await store.poll('a', 1060, [one, two]);
  const rows = await store.ask(`
    select station_id, api.gap_seconds('2026-06-15T12:00:00Z', '2026-06-15T12:17:40Z',
      starts, unobserved_seconds, returns, absent_seconds) as gap
    from api.observation_of_station order by station_id`);
  expect(rows).toEqual([
    { station_id: '1', gap: 1000 },
    { station_id: '2', gap: 1060 },
  ]);
});
