import { expect, test } from 'vitest';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('kept_report has what retention left, at the time of the last row that told a count', async () => {
  await using store = await openTestStore();
  const stations = ['both', 'docks_later', 'bikes_later', 'neither'].map((station_id) => ({
    station_id,
    num_bikes_available: 1,
  }));
  await store.poll('a', 0, stations);
  await store.ask(
    `insert into velolog.station_status_before (observed_at, station_key, flags, bikes_known_at, bikes_known, docks_known_at, docks_known)
     select '2026-04-15 12:00Z', station_key, 0, '2026-06-15 12:00Z'::timestamptz - bikes_days * interval '1 day', 3,
       '2026-06-15 12:00Z'::timestamptz - docks_days * interval '1 day', 4
     from velolog.station
     join (values ('both', 60, 60), ('docks_later', 61, 60), ('bikes_later', 60, null), ('neither', null, null)) as kept (station_id, bikes_days, docks_days)
       using (station_id)`,
  );
  const rows = `select station_id, num_bikes_available as bikes, num_docks_available as docks, observed_at
    from api.kept_report join velolog.station using (station_key) order by station_id`;
  const observed_at = -60 * 86_400;
  expect(await store.ask(rows)).toEqual([
    { station_id: 'bikes_later', bikes: 3, docks: null, observed_at },
    { station_id: 'both', bikes: 3, docks: 4, observed_at },
    { station_id: 'docks_later', bikes: null, docks: 4, observed_at },
  ]);
});
