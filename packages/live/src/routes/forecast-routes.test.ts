import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { forecast } from '../api/forecast.ts';

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
  await store.poll('new', Math.floor((Date.now() - START) / 1000) - 60, stations);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

test('/forecast says of each station what will be there and what that rests on, or why nothing is said', async () => {
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

test.each([
  ['/systems/new/forecast?minutes=9', 400],
  ['/systems/new/forecast?minutes=91', 400],
  ['/systems/new/forecast?station_id=z', 404],
  ['/systems/none/forecast', 404],
])('%s is refused with %s', async (path, status) => {
  expect((await live.get(path)).status).toBe(status);
});
