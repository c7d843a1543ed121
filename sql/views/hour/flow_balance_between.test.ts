import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { at, openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('flow_balance_between', () => {
  test('adds up arrivals and departures in the window, to the second', async () => {
    await store.tellTimezone('a', 'UTC');
    await store.pollEvery(60, 'a', [0, 18_000], (second) => [
      station('1', ((second / 60) * 7) % 5, 9),
      station('2', 5 + ((second / 60) % 2), 9),
    ]);
    for (const [from, to] of [
      [0, 18_000],
      [-500, 99_999],
      [0, 7200],
      [61, 119],
      [60, 120],
      [3599, 3601],
      [4000, 5000],
      [100, 17_000],
    ] as const) {
      const rows = await store.ask(
        'select station_id, arrivals, departures, net, largest_step from api.flow_balance_between($1, $2, $3) where arrivals + departures > 0 order by station_id',
        [at(from), at(to), 'a'],
      );
      const changes = await store.ask(
        `select station_id, coalesce(sum(bikes_delta) filter (where bikes_delta > 0), 0)::int as arrivals,
           coalesce(-sum(bikes_delta) filter (where bikes_delta < 0), 0)::int as departures, sum(bikes_delta)::int as net,
           max(abs(bikes_delta))::int as largest_step
         from api.station_change where observed_at between $1 and $2 group by station_id order by station_id`,
        [at(from), at(to)],
      );
      expect(rows, `${from}-${to}`).toEqual(changes);
    }
  });

  test('gap_seconds counts the unobserved time of the window', async () => {
    await store.poll('gap', 0, [station('1', 5, 5)]);
    await store.poll('gap', 60, [station('1', 5, 5)]);
    await store.poll('gap', 7300, [station('1', 7, 3)]);
    await store.poll('gap', 7360, [station('1', 7, 3)]);
    const ask = (from: number, to: number) =>
      store.ask(`select arrivals, gap_seconds from api.flow_balance_between($1, $2, 'gap')`, [
        at(from),
        at(to),
      ]);
    expect(await ask(-1000, 9000)).toEqual([{ arrivals: 2, gap_seconds: 7240 }]);
    expect(await ask(30, 90)).toEqual([{ arrivals: 0, gap_seconds: 30 }]);
  });
});
