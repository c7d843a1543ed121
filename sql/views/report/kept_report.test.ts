import { expect, test } from 'vitest';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('kept_report has the rows that retention left, and passes over those that know neither count', async () => {
  await using store = await openTestStore();
  await store.poll('a', 0, [{ station_id: '1', num_bikes_available: 1 }]);
  await store.ask(
    `insert into velolog.station_status_before (observed_at, station_key, num_bikes_available, flags)
     select '2026-06-15 12:00Z'::timestamptz - days * interval '1 day', station_key, bikes, 0
     from velolog.station, (values (60, 3), (40, null)) as kept (days, bikes)`,
  );
  expect(await store.ask('select observed_at, num_bikes_available from api.kept_report')).toEqual([
    { observed_at: -60 * 86_400, num_bikes_available: 3 },
  ]);
});
