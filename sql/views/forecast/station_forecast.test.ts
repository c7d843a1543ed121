import { fitForecasts } from '@velolog/store/upkeep/forecast/fit-forecasts';
import { judgeForecasts } from '@velolog/store/upkeep/forecast/judge-forecasts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

const MINUTE = 60;
const DAY = 86_400;
const DAYS = 9;
const NOW = Math.floor((Date.now() - START) / 1000) - 30;
const STEP = 20 * MINUTE;

let store: TestStore;
/** Stations that empty in the morning and fill in the evening, and one that stands still. */
beforeAll(async () => {
  store = await openTestStore();
  let random = 5;
  const next = () => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return random / 4_294_967_296;
  };
  const counts = Array.from({ length: 16 }, (_, index) => index % 12);
  const stationsAt = (second: number) => {
    const hour = Math.floor((START / 1000 + second) / 3600) % 24;
    return counts.map((_, index) => {
      if (index > 0 && next() < (hour < 6 ? 0.1 : 0.6)) {
        const leaves = next() < (index % 2 === (hour < 12 ? 0 : 1) ? 0.75 : 0.3);
        counts[index] = Math.max(0, Math.min(12, (counts[index] as number) + (leaves ? -1 : 1)));
      }
      const bikes = index === 0 ? 4 : (counts[index] as number);
      return station(`s${index}`, bikes, 12 - bikes);
    });
  };
  for (let from = NOW - DAYS * DAY; from < NOW; from += DAY)
    await store.pollEvery(STEP, 'city', [from, from + DAY - STEP], stationsAt);
  await store.pollEvery(STEP, 'city', [NOW, NOW], stationsAt);
  await store.pollEvery(60, 'young', [NOW - 60, NOW], () => [
    station('a', 1, 0),
    station('b', 0, 5),
    station('c', 3, 3, { is_renting: false, is_returning: false }),
    station('d'),
  ]);
  await fitForecasts(store.context.pool, { minutesAhead: [20, 40] });
});
afterAll(() => store[Symbol.asyncDispose]());

const forecast = (system: string, minutes: number, more = '') =>
  store.ask(`select * from api.station_forecast($1, $2${more}) order by station_id`, [system, minutes]);

test('every station has both probabilities and an expected count, by the model that was fitted', async () => {
  const rows = await forecast('city', 20);
  expect(rows).toHaveLength(16);
  for (const row of rows) {
    expect(row).toMatchObject({ no_forecast_because: null, observed_at: NOW });
    expect(row.basis).toMatch(/^(logit|table)$/);
    for (const value of [row.p_bike, row.p_dock]) {
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThan(1);
    }
    expect(row.trained_at).not.toBeNull();
  }
  const [still] = await forecast('city', 40, ", 's0'");
  expect(still?.p_bike).toBeGreaterThan(0.9);
  expect(still?.expected_bikes).toBeCloseTo(4, 0);
});

test('a station without bikes is less likely to have one, and the less so the sooner', async () => {
  const bikes = new Map(
    (
      await store.ask(
        "select station_id, num_bikes_available from api.station_current where system_id = 'city'",
      )
    ).map((row) => [row.station_id, row.num_bikes_available]),
  );
  const many = (rows: Record<string, unknown>[], holds: (count: number) => boolean) => {
    const of = rows
      .filter((row) => holds(bikes.get(row.station_id) as number))
      .map((row) => row.p_bike as number);
    return of.reduce((sum, value) => sum + value, 0) / of.length;
  };
  const rows = await forecast('city', 20);
  expect(many(rows, (count) => count >= 6)).toBeGreaterThan(0.97);
  expect(many(rows, (count) => count <= 1)).toBeLessThan(0.9);
});

describe('between two times with a model', () => {
  const expectBetween = async () => {
    const [at20, at30, at40] = [
      await forecast('city', 20),
      await forecast('city', 30),
      await forecast('city', 40),
    ];
    for (const [index, row] of at30.entries()) {
      const ends = [at20[index]?.p_bike as number, at40[index]?.p_bike as number];
      expect(row.p_bike).toBeGreaterThanOrEqual(Math.min(...ends) - 1e-9);
      expect(row.p_bike).toBeLessThanOrEqual(Math.max(...ends) + 1e-9);
    }
  };

  test('the forecast lies between theirs', () => expectBetween());

  test.each([
    [1, 0.1],
    [0, 1],
  ])('also where one is trusted by %s and the other by %s', async (first, second) => {
    await store.ask('begin');
    try {
      await store.ask(
        'update velolog.forecast_model set trust = case minutes when 20 then $1::real else $2::real end',
        [first, second],
      );
      await expectBetween();
    } finally {
      await store.ask('rollback');
    }
  });
});

test('with less than a day of history the present state is the forecast, and a missing forecast has a reason', async () => {
  const rows = await forecast('young', 30);
  expect(
    rows.map((row) => [row.station_id, row.p_bike, row.p_dock, row.basis, row.no_forecast_because]),
  ).toEqual([
    ['a', 1, 0, 'persistence', null],
    ['b', 0, 1, 'persistence', null],
    ['c', null, null, null, 'closed'],
    ['d', null, null, null, 'unknown'],
  ]);
});

test.each([9, 91])('%s minutes is refused with what is expected', async (minutes) => {
  await expect(forecast('city', minutes)).rejects.toThrow(
    `minutes is ${minutes}; expected a whole number from 10 to 90`,
  );
});

test('a reader may ask, and a large system is answered fast', async () => {
  await store.ask('select count(*) from api.station_forecast($1, 20)', ['city']);
  const began = performance.now();
  await forecast('city', 25);
  expect(performance.now() - began).toBeLessThan(1_000);
});

describe('it judges itself', () => {
  test('a forecast is scored against the state when it is due, and only if that was observed', async () => {
    await judgeForecasts(store.context.pool);
    const made = await store.ask(
      'select minutes, target, cardinality(station_keys) as stations from velolog.forecast_made order by minutes, target',
    );
    expect(made).toEqual(
      [20, 60].flatMap((minutes) => ['bike', 'dock'].map((target) => ({ minutes, target, stations: 16 }))),
    );
    // As if they had been made long enough ago: the 20 minutes are over and seen, the 60 fall into time that nobody saw.
    await store.ask(
      "update velolog.forecast_made set made_at = made_at - interval '21 minutes', due_at = made_at - interval '1 minute' where minutes = 20",
    );
    await store.ask(
      "update velolog.forecast_made set due_at = now() - interval '30 days' where minutes = 60",
    );
    await store.ask(
      "update velolog.forecast_made set due_at = (select max(from_at) from velolog.coverage join velolog.feed using (feed_key) join velolog.system using (system_key) where system_id = 'city') where minutes = 20",
    );
    await judgeForecasts(store.context.pool);
    const scores = await store.ask('select * from api.forecast_skill order by target');
    expect(scores).toMatchObject([
      { system_id: 'city', target: 'bike', minutes: 20, pairs: 16 },
      { system_id: 'city', target: 'dock', minutes: 20, pairs: 16 },
    ]);
    for (const score of scores) {
      expect((score.bin_cases as number[]).reduce((sum, cases) => sum + cases, 0)).toBe(16);
      expect(score.brier).toBeLessThan(0.5);
    }
    const [row] = await forecast('city', 20);
    expect(row?.skill_damped).not.toBeUndefined();
  });

  test('the forecast of a station that is closed when it is due is not scored, because its bikes cannot be rented', async () => {
    await store.ask('delete from velolog.forecast_score');
    const stations = await store.ask(
      "select station_id, num_bikes_available, num_docks_available from api.station_current where system_id = 'city'",
    );
    await store.poll(
      'city',
      NOW + 1,
      stations.map(({ station_id, num_bikes_available, num_docks_available }) =>
        station(station_id as string, num_bikes_available as number, num_docks_available as number, {
          is_renting: station_id !== 's1',
          is_returning: station_id !== 's1',
        }),
      ),
    );
    const due = new Date(START + (NOW + 1) * 1000).toISOString();
    await store.ask('update velolog.forecast_made set due_at = $1 where minutes = 20', [due]);
    await judgeForecasts(store.context.pool);
    expect(await store.ask('select target, pairs from api.forecast_skill order by target')).toEqual([
      { target: 'bike', pairs: 15 },
      { target: 'dock', pairs: 15 },
    ]);
  });

  test('a station that was gone when its forecast came due is not scored, one that was back by then is; an import of the past changes no score', async () => {
    await store.ask('delete from velolog.forecast_score');
    await store.ask('delete from velolog.forecast_made');
    const second = (await store.ask('select max(to_at) as newest from velolog.coverage'))[0]
      ?.newest as number;
    const all = async () =>
      (
        await store.ask(
          "select station_id, num_bikes_available, num_docks_available from api.station_current where system_id = 'city'",
        )
      ).map((row) =>
        station(
          row.station_id as string,
          row.num_bikes_available as number,
          row.num_docks_available as number,
        ),
      );
    const stations = await all();
    await store.poll('city', second + 1, stations);
    await judgeForecasts(store.context.pool);
    await store.poll('city', second + 2, stations.slice(1));
    await store.poll('city', second + 3, stations.slice(1));
    await store.poll('city', second + 4, stations);
    await store.poll('city', second + 5, stations);
    const due = async (minutes: number, at: number) =>
      store.ask('update velolog.forecast_made set due_at = $1 where minutes = $2', [
        new Date(START + at * 1000).toISOString(),
        minutes,
      ]);
    await due(20, second + 3);
    await due(60, second + 5);
    await judgeForecasts(store.context.pool);
    const scores = () =>
      store.ask(
        "select minutes, pairs, brier from api.forecast_skill where target = 'bike' order by minutes",
      );
    const judged = await scores();
    expect(judged).toMatchObject([
      { minutes: 20, pairs: stations.length - 1 },
      { minutes: 60, pairs: stations.length },
    ]);
    await store.poll('city', NOW - (DAYS + 2) * DAY, [station('s1', 0, 12)], { imported: true });
    await store.poll('city', second + 3, [station('s1', 0, 12)], { imported: true });
    await judgeForecasts(store.context.pool);
    expect(await scores()).toEqual(judged);
  });

  test('a model without skill over damped persistence is not used', async () => {
    await store.ask('delete from velolog.forecast_score');
    await store.ask(
      `insert into velolog.forecast_score
       select system_key, current_date - day, target, 20, 100, 10, 11, 12, 10, 20, array_fill(10, array[10]), array_fill(5.0::float8, array[10]), array_fill(5, array[10])
       from velolog.system, generate_series(1, 4) as day, unnest(array['bike']) as target where system_id = 'city'`,
    );
    await store.ask("update velolog.forecast_model set trained_at = trained_at - interval '2 days'");
    await fitForecasts(store.context.pool, { minutesAhead: [20, 40] });
    expect(
      await store.ask("select distinct basis from velolog.forecast_model where target = 'bike'"),
    ).toEqual([{ basis: 'table' }]);
    const [row] = await forecast('city', 20);
    expect(row?.basis).toBe('table');
    expect(row?.skill_damped).toBeCloseTo(0, 9);
    expect(row?.skill).toBeCloseTo(1 - 10 / 12, 9);
  });
});
