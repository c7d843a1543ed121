import { doChoresOnce } from '@velolog/store/upkeep/chores';
import { expect, test } from 'vitest';
import { startTestLive } from './workers/test-live.ts';
import { openTestStore, START } from './workers/test-store.ts';

const ON = { is_installed: true, is_renting: true, is_returning: true };
const APRIL = -60 * 24 * 3600;

test('a moment of which retention has left some stations only is gone, not a city of these few', async () => {
  await using store = await openTestStore();
  await using live = await startTestLive(store.readerUrl);
  await store.record({
    system_id: 'city',
    feed: 'system_information',
    second: APRIL,
    body: {
      data: {
        system_id: 'city',
        name: 'City',
        timezone: 'Europe/Oslo',
        license_url: 'https://creativecommons.org/licenses/by/4.0/',
      },
    },
  });
  for (const from of [APRIL, 0])
    await store.pollEvery(600, 'city', [from, from + 3600], (second) => [
      { station_id: 'still', num_bikes_available: 3, num_docks_available: 5, ...ON },
      {
        station_id: 'busy',
        num_bikes_available: second - from < 3600 ? 1 : 2,
        num_docks_available: 5,
        ...ON,
      },
      // Without counts it is empty by its flag, at any time.
      { station_id: 'untold', is_installed: true, is_renting: false, is_returning: true },
    ]);
  const at = async (second: number) => {
    const time = new Date(START + second * 1000).toISOString();
    const answer = await fetch(`${live.url}/gbfs/city/2.3/station_status.json?at=${time}`);
    const body = (await answer.json()) as { data?: { stations: { station_id: string }[] } };
    return [answer.status, body.data?.stations.map(({ station_id }) => station_id)];
  };
  const whole = [200, ['busy', 'still']];
  expect(await at(APRIL + 1800)).toEqual(whole);
  const { pool, months } = store.context;
  const log = { info: () => {}, warn: () => {} };
  await doChoresOnce({ pool, months, retentionDays: 30, log }, new Date(START + 7200_000));
  // Another moment, because answers are shared for a while.
  expect(await at(APRIL + 1900)).toEqual([410, undefined]);
  // From their last rows on all are known, because they are kept.
  expect(await at(APRIL + 3600)).toEqual(whole);
  expect(await at(1800)).toEqual(whole);
});
