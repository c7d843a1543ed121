import { expect, test } from 'vitest';
import { openTestStore } from '../../../test/workers/test-store.ts';

const one = { station_id: '1', num_bikes_available: 1 };
const two = { station_id: '2', num_bikes_available: 1 };

test('a station that went away and came back has its absences beside the gaps of its system', async () => {
  await using store = await openTestStore();
  await store.poll('a', 0, [one, two]);
  await store.poll('a', 30, [one]);
  await store.poll('a', 60, [one, two]);
  await store.poll('a', 90, [one]);
  await store.poll('a', 1090, [one]);
  await store.poll('a', 1120, [one, two]);
  await store.poll('b', 0, [two]);
  const rows = await store.ask(`
    select system_id, station_id, unobserved_seconds, absent_seconds,
      array(select extract(epoch from at - '2026-06-15T12:00:00Z')::int from unnest(returns) as at) as returns
    from api.observation_of_station order by 1, 2`);
  expect(rows).toEqual([
    { system_id: 'a', station_id: '1', unobserved_seconds: [1000], absent_seconds: null, returns: [] },
    {
      system_id: 'a',
      station_id: '2',
      unobserved_seconds: [1000],
      absent_seconds: [60, 120],
      returns: [60, 1120],
    },
    { system_id: 'b', station_id: '2', unobserved_seconds: null, absent_seconds: null, returns: [] },
  ]);
});

test('an absence that has not ended is left out', async () => {
  await using store = await openTestStore();
  await store.poll('a', 0, [one, two]);
  await store.poll('a', 30, [one]);
  expect(await store.ask('select absent_seconds from api.observation_of_station')).toEqual([
    { absent_seconds: null },
    { absent_seconds: null },
  ]);
});
