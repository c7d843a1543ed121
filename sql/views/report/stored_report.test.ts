import { expect, test } from 'vitest';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('stored_report passes over rows that know neither count, and has nothing of months that retention dropped', async () => {
  await using store = await openTestStore();
  await store.poll('a', 0, [{ station_id: '1', num_bikes_available: 1 }]);
  await store.poll('a', 30, [{ station_id: '1', is_renting: true }]);
  await store.ask(
    `insert into velolog.station_status_before (observed_at, station_key, num_bikes_available, flags)
     select to_timestamp(0), station_key, 9, 0 from velolog.station`,
  );
  expect(await store.ask('select observed_at, num_bikes_available from api.stored_report')).toEqual([
    { observed_at: 0, num_bikes_available: 1 },
  ]);
});
