import { expect, test } from 'vitest';
import { givenStation as station } from '../../../../../test/history/given-station.ts';
import { openTestStore, START } from '../../../../../test/workers/test-store.ts';
import { doChoresOnce } from '../chores.ts';
import { readRecordedHistory } from './read-recorded-history.ts';

const DAY = 86_400;

test('a station that nobody used for months is known to the fit also when retention dropped its only row', async () => {
  await using store = await openTestStore();
  const { pool, months } = store.context;
  const poll = (second: number, used: number) =>
    store.poll('city', second, [station('still', 4, 6), station('used', used, 5)]);
  const now = Math.floor((Date.now() - START) / 1000);
  await poll(now - 100 * DAY, 1);
  for (const day of [3, 2, 1, 0]) await poll(now - day * DAY, day + 1);
  const { system_key } = (await store.ask('select system_key from velolog.system'))[0] as {
    system_key: number;
  };
  const firstOf = async () => {
    const read = await readRecordedHistory(pool, { system_key, timezone: 'UTC', days: 30 });
    const still = read?.history.stations.find(({ station_id }) => station_id === 'still');
    return still && [...Array.from(still.bikes), ...Array.from(still.docks)];
  };
  expect(await firstOf()).toEqual([4, 6]);
  const silent = { info: () => {}, warn: () => {} };
  await doChoresOnce({ pool, months, retentionDays: 30, log: silent }, new Date());
  const rows = await store.ask(
    `select count(*)::int as rows from velolog.station_status join velolog.station using (station_key) where station_id = 'still'`,
  );
  expect(rows).toEqual([{ rows: 0 }]);
  expect(await firstOf()).toEqual([4, 6]);
});
