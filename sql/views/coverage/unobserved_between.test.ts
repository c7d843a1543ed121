import { expect, test } from 'vitest';
import { givenStation } from '../../../test/history/given-station.ts';
import { at, openTestStore } from '../../../test/workers/test-store.ts';

test('it adds gaps of the feed and absences of the station, and knows none where all was observed', async () => {
  await using store = await openTestStore();
  const other = givenStation('2', 1, 1);
  await store.poll('a', 0, [givenStation('1', 5, 5), other]);
  await store.poll('a', 30, [other]);
  await store.poll('a', 60, [givenStation('1', 5, 5), other]);
  await store.record({ system_id: 'a', second: 90, outcome: 'failed', error: 'timeout' });
  await store.poll('a', 120, [givenStation('1', 5, 5), other]);
  const seconds = await store.ask(
    `select station_id, api.unobserved_between(station_key, $1, $2) as whole, api.unobserved_between(station_key, $1, $1) as none
     from velolog.station order by 1`,
    [at(0), at(120)],
  );
  expect(seconds).toEqual([
    { station_id: '1', whole: 120, none: 0 },
    { station_id: '2', whole: 60, none: 0 },
  ]);
});
