import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../test/history/given-station.ts';
import { openTestStore, START, type TestStore } from '../test/workers/test-store.ts';

/** Two archives and a live feed of one system: when each was polled and what it listed. */
const LANES = [
  {
    times: [0, 60, 120],
    stations: [station('old', 3, 0), station('both', 2, 2), station('gone', 7, 7)],
    imported: true,
  },
  { times: [6000, 6060, 6120], stations: [station('both', 5, 5)], imported: true },
  {
    times: [12_000, 12_060, 12_120],
    stations: [station('both', 0, 1), station('new', 1, 1)],
    imported: false,
  },
];

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  // An import of what comes after another would go on in its lane.
  for (const lane of LANES.toReversed())
    for (const second of lane.times) {
      // One that its archive left absent, for good.
      const stations = lane.stations.filter(({ station_id }) => station_id !== 'gone' || second < 60);
      await store.poll('town', second, stations, { imported: lane.imported });
    }
});
afterAll(() => store[Symbol.asyncDispose]());

const at = (second: number) => new Date(START + second * 1000);
const listedAt = (second: number) =>
  LANES.findLast(({ times }) => (times[0] as number) <= second)?.stations.filter(
    ({ station_id }) => station_id !== 'gone' || second < 60,
  ) ?? [];

describe('a station that only an older archive listed', () => {
  test.each([
    [0, 12_120],
    [30, 6060],
    [100, 12_060],
    [5000, 6120],
    [6030, 12_120],
    [9000, 12_120],
    [12_060, 12_120],
  ])('is not counted in a later one, in a window from %i to %i', async (from, to) => {
    const rows = await store.ask(
      `select at, num_bikes_available::int as bikes, stations::int, stations_empty::int as empty, stations_full::int as full
       from api.system_count_between($1, $2, 'town', 60)`,
      [at(from), at(to)],
    );
    const counted = rows.filter((row) => row.stations !== null);
    expect(counted.length).toBeGreaterThan(0);
    for (const row of counted) {
      const stations = listedAt(row.at as number);
      const bikes = stations.reduce((sum, { num_bikes_available }) => sum + Number(num_bikes_available), 0);
      expect(row, `at ${row.at}`).toMatchObject({
        bikes,
        stations: stations.length,
        empty: stations.filter(({ num_bikes_available }) => num_bikes_available === 0).length,
        full: stations.filter(
          ({ num_docks_available, num_bikes_available }) =>
            num_docks_available === 0 && num_bikes_available !== 0,
        ).length,
      });
    }
  });

  test.each(['old', 'gone'])('is unseen as a line in it (%s)', async (id) => {
    const rows = await store.ask(
      `select at, state from api.station_step_between($1, $2, 'town', $3) where at >= '2026-06-15 13:00' order by at`,
      [at(0), at(12_120), id],
    );
    expect(rows.length).toBeGreaterThan(2);
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['unseen']));
  });

  test('is absent in the account of its values, also when that begins later', async () => {
    const report = (from: number) =>
      store.ask(
        `select observed_at, state, num_bikes_available as bikes from api.station_report_between($1, $2, 'town', 'old') order by 1`,
        [at(from), at(12_120)],
      );
    expect(await report(0)).toEqual([
      { observed_at: 0, state: 'full', bikes: 3 },
      { observed_at: 6000, state: 'absent', bikes: null },
    ]);
    expect(await report(7000)).toEqual([]);
  });
});

test('replay gives a station the values of its own archive, and none from a later one that has not listed it yet', async () => {
  await store.poll('two', 5000, [station('1', 6, 6)]);
  await store.poll('two', 5060, [station('1', 6, 6), station('2', 1, 1)]);
  await store.poll('two', 0, [station('1', 4, 4), station('2', 9, 9)], { imported: true });
  const counts = (from: number) =>
    store.ask(
      `select station_id, observed_at, num_bikes_available as bikes, state from api.station_counts_between($1, $2, 'two') order by 1, 2`,
      [at(from), at(5100)],
    );
  expect(await counts(0)).toEqual([
    { station_id: '1', observed_at: 0, bikes: 4, state: 'ok' },
    { station_id: '1', observed_at: 5000, bikes: 6, state: 'ok' },
    { station_id: '2', observed_at: 0, bikes: 9, state: 'ok' },
    { station_id: '2', observed_at: 5000, bikes: null, state: 'absent' },
    { station_id: '2', observed_at: 5060, bikes: 1, state: 'ok' },
  ]);
  expect(await counts(5030)).toEqual([
    { station_id: '1', observed_at: 5030, bikes: 6, state: 'ok' },
    { station_id: '2', observed_at: 5060, bikes: 1, state: 'ok' },
  ]);
});
