import { expect, test } from 'vitest';
import { givenStation } from '../../../test/history/given-station.ts';
import { at, openTestStore } from '../../../test/workers/test-store.ts';

test('it passes over reports that do not tell the count, and gives nulls where none did', async () => {
  await using store = await openTestStore();
  await store.poll('a', 0, [givenStation('1', 5, 6)]);
  await store.poll('a', 30, [givenStation('1', null, 7)]);
  const reports = await store.ask(
    `select bikes.num_bikes_available as bikes, docks.num_docks_available as docks, none.observed_at as none
     from velolog.station,
       api.last_known_report(station.station_key, $1, true) as bikes, api.last_known_report(station.station_key, $1, false) as docks,
       api.last_known_report(station.station_key, $2, true) as none`,
    [at(60), at(0)],
  );
  expect(reports).toEqual([{ bikes: 5, docks: 7, none: null }]);
});
