import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { forecast } from '../api/forecast.ts';
import { systemDetail } from '../api/system.ts';

let store: TestStore;
let live: TestLive;
beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
  const stations = [
    { station_id: 'a', num_bikes_available: 3, num_docks_available: 0 },
    {
      station_id: 'b',
      num_bikes_available: 0,
      num_docks_available: 5,
      is_renting: false,
      is_returning: false,
    },
  ];
  const now = Math.floor((Date.now() - START) / 1000);
  await store.pollEvery(60, 'new', [now - 60, now - 60], () => stations);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

test("/forecast gives each station's forecast and its basis, or why there is none", async () => {
  const told = forecast.parse(await live.json('/systems/new/forecast?minutes=30'));
  expect(told).toMatchObject({ system_id: 'new', minutes: 30, skill: null, skill_damped: null });
  expect(told.stations).toMatchObject([
    {
      station_id: 'a',
      p_bike: 1,
      p_dock: 0,
      expected_bikes: 3,
      basis: 'persistence',
      no_forecast_because: null,
    },
    {
      station_id: 'b',
      p_bike: null,
      p_dock: null,
      expected_bikes: null,
      basis: null,
      no_forecast_because: 'closed',
    },
  ]);
  const one = forecast.parse(await live.json('/systems/new/forecast?station_id=a'));
  expect(one.stations.map(({ station_id }) => station_id)).toEqual(['a']);
});

test('with leave_out_flagged a frozen station has no forecast and is in no total', async () => {
  await store.ask(
    `insert into velolog.data_quality_issue (system_key, feed, station_id, flag, noticed_at, since, last_seen_at, evidence)
     select system_key, 'station_status', 'a', 'station_frozen', now() - interval '1 day', now() - interval '1 day', now(), '{}' from velolog.system`,
  );
  try {
    const reasons = async (query: string) =>
      forecast
        .parse(await live.json(`/systems/new/forecast${query}`))
        .stations.map(({ no_forecast_because }) => no_forecast_because);
    expect(await reasons('')).toEqual([null, 'closed']);
    expect(await reasons('?leave_out_flagged=true')).toEqual(['flagged', 'closed']);
    const totals = async (query: string) => {
      const { stations, bikes, docks, stations_left_out } = systemDetail.parse(
        await live.json(`/systems/new${query}`),
      );
      return { stations, bikes, docks, stations_left_out };
    };
    expect(await totals('')).toEqual({ stations: 2, bikes: 3, docks: 5, stations_left_out: undefined });
    expect(await totals('?leave_out_flagged=true')).toEqual({
      stations: 1,
      bikes: 0,
      docks: 5,
      stations_left_out: 1,
    });
  } finally {
    await store.ask('delete from velolog.data_quality_issue');
  }
});

test.each([
  ['/systems/new/forecast?minutes=9', 400],
  ['/systems/new/outages?leave_out_flagged=perhaps', 400],
  ['/systems/new/forecast?minutes=91', 400],
  ['/systems/new/forecast?station_id=z', 404],
  ['/systems/none/forecast', 404],
])('%s is refused with %s', async (path, status) => {
  expect((await live.get(path)).status).toBe(status);
});
