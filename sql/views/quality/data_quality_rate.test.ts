import { checkQualityOnce } from '@velolog/store/upkeep/quality/check-quality';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { places } from '../../../test/workers/quality-store.ts';
import { at, openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('data_quality_rate has the share of systems and stations with each flag, day by day', async () => {
  await store.poll('good', 0, [station('1', 1, 1)]);
  await store.poll('huge', 0, [station('1', 1, 999), station('2', 1, 1)]);
  await store.record({
    system_id: 'huge',
    feed: 'station_information',
    second: 0,
    body: { data: { stations: [{ station_id: '1', name: 'A', lat: 0, lon: 0, capacity: 5 }] } },
  });
  await checkQualityOnce(store.context.pool, at(0));
  await checkQualityOnce(store.context.pool, at(24 * 3600));
  await store.poll('good', 24 * 3600, [station('1', 1, 1)]);
  await checkQualityOnce(store.context.pool, at(24 * 3600));
  expect(
    await store.ask(
      "select day::text, flag, systems, systems_share, stations, stations_share from api.data_quality_rate where flag in ('negative_or_huge', 'over_capacity') order by 1, 2",
    ),
  ).toEqual([
    {
      day: '2026-06-15',
      flag: 'negative_or_huge',
      systems: 2,
      systems_share: 0.5,
      stations: 3,
      stations_share: 0,
    },
    {
      day: '2026-06-15',
      flag: 'over_capacity',
      systems: 2,
      systems_share: 0.5,
      stations: 3,
      stations_share: 1 / 3,
    },
    {
      day: '2026-06-16',
      flag: 'negative_or_huge',
      systems: 1,
      systems_share: 0,
      stations: 1,
      stations_share: 0,
    },
    {
      day: '2026-06-16',
      flag: 'over_capacity',
      systems: 1,
      systems_share: 0,
      stations: 1,
      stations_share: 0,
    },
  ]);
});

test('a share of stations counts those that station_information lists, too: it has flags of its own', async () => {
  const second = 48 * 3600;
  await store.poll('listing', second, [station('0', 1, 1)]);
  await store.record({
    system_id: 'listing',
    feed: 'station_information',
    second,
    body: { data: { stations: places(8, (index) => (index === 7 ? { lat: 0.005, lon: 0.005 } : {})) } },
  });
  await checkQualityOnce(store.context.pool, at(second));
  expect(
    await store.ask(
      "select stations, stations_share from api.data_quality_rate where flag = 'null_island_or_swapped' and day = '2026-06-17'",
    ),
  ).toEqual([{ stations: 8, stations_share: 1 / 8 }]);
});
