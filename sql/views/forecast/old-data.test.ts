import { fitForecasts } from '@velolog/store/upkeep/forecast/fit-forecasts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

/** Of what station_forecast says nothing, because the data is no present. */
const DAY = 86_400;
const NOW = Math.floor((Date.now() - START) / 1000) - 30;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const forecast = (system: string, minutes: number) =>
  store.ask('select * from api.station_forecast($1, $2) order by station_id', [system, minutes]);

test('there is no forecast if the feed was not observed lately', async () => {
  await store.poll('silent', NOW - 3600, [station('a', 1, 0)]);
  expect(await forecast('silent', 30)).toMatchObject([
    { p_bike: null, p_dock: null, expected_bikes: null, no_forecast_because: 'old' },
  ]);
  expect(await forecast('nowhere', 30)).toEqual([]);
});

test('where feed_health says that the data is old there is no forecast: late for its ttl, or repeated by a live server', async () => {
  const polls = (system_id: string, seconds: number[], stampedAt = (second: number) => second) =>
    store.store(
      seconds.map((second) => {
        const last_updated = Math.floor(START / 1000) + stampedAt(second);
        return store.message({
          system_id,
          second,
          body: { ttl: 10, last_updated, data: { stations: [station('a', 4, 4)] } },
        });
      }),
    );
  const eightHours = Array.from({ length: 97 }, (_, index) => NOW - (96 - index) * 300);
  await polls('repeated', eightHours, () => eightHours[0] as number);
  await polls('stamped', eightHours);
  await polls('late', [NOW - 480, NOW - 420, NOW - 360]);
  await fitForecasts(store.context.pool, { minutesAhead: [20] });
  const health = await store.ask(
    "select system_id, overdue from api.feed_health where system_id in ('repeated', 'stamped', 'late') order by system_id",
  );
  expect(health.map(({ system_id, overdue }) => [system_id, overdue])).toEqual([
    ['late', true],
    ['repeated', true],
    ['stamped', false],
  ]);
  for (const system of ['late', 'repeated'])
    expect(await forecast(system, 20), system).toMatchObject([{ p_bike: null, no_forecast_because: 'old' }]);
  expect(await forecast('stamped', 20)).toMatchObject([{ p_bike: 1, no_forecast_because: null }]);
});

test('the count of a feed that is polled once a day is no present an hour later, and teaches nothing', async () => {
  const daily = async (system: string, ago: number) => {
    for (let day = 12; day >= 0; day -= 1)
      await store.poll(system, NOW - ago - day * DAY, [station('a', day % 3, 5)]);
  };
  await daily('yesterday', DAY - 3600);
  await daily('just now', 60);
  await fitForecasts(store.context.pool, { minutesAhead: [20] });
  expect(await forecast('yesterday', 30)).toMatchObject([{ p_bike: null, no_forecast_because: 'old' }]);
  expect(await forecast('just now', 30)).toMatchObject([{ p_bike: 0, p_dock: 1, basis: 'persistence' }]);
});
