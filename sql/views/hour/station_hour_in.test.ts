import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

async function hours(system: string, from: string, to: string): Promise<Record<string, unknown>[]> {
  return store.ask(
    `select hour.*
     from api.observed_lane as lane
     cross join lateral api.station_hour_in(lane.system_key, lane.from_at, lane.to_at, ${from}, ${to}) as hour
     where lane.system_id = $1
     order by hour.hour_at`,
    [system],
  );
}
const at = (second: number) => `'2026-06-15T12:00:00Z'::timestamptz + ${second} * interval '1 s'`;

describe('station_hour_in', () => {
  beforeAll(async () => {
    const bikes = [4, 0, 2, 2];
    for (const [index, count] of bikes.entries())
      await store.poll('sums', index * 60, [station('1', count, 5 - count)]);
  });

  test('sums are counts times the milliseconds they lasted', async () => {
    expect(await hours('sums', "'-infinity'", "'infinity'")).toMatchObject([
      {
        hour_at: 0,
        bikes_min: 0,
        bikes_max: 4,
        bikes_ms: String(4 * 60_000 + 2 * 60_000),
        bikes_known_ms: 180_000,
        observed_ms: 180_000,
        empty_ms: 60_000,
        arrivals: 2,
        departures: 4,
        largest_step: 4,
      },
    ]);
  });

  test('the results of two stretches add up to the whole, wherever the cut is', async () => {
    for (const cut of [0, 30, 60, 61, 120, 179, 180, 181]) {
      const parts = [
        ...(await hours('sums', "'-infinity'", at(cut))),
        ...(await hours('sums', at(cut), "'infinity'")),
      ];
      const sum = (column: string) => parts.reduce((total, row) => total + Number(row[column]), 0);
      expect([
        cut,
        sum('bikes_ms'),
        sum('observed_ms'),
        sum('empty_ms'),
        sum('arrivals'),
        sum('departures'),
      ]).toEqual([cut, 360_000, 180_000, 60_000, 2, 4]);
    }
  });

  test('a number that was unknown for a while is compared with the last known one', async () => {
    for (const [index, one] of [station('1', 5, 5), station('1', undefined, 5), station('1', 7, 5)].entries())
      await store.poll('unknown', index * 60, [one]);
    expect(await hours('unknown', "'-infinity'", "'infinity'")).toMatchObject([
      { arrivals: 2, departures: 0, bikes_known_ms: 60_000, docks_known_ms: 120_000, observed_ms: 120_000 },
    ]);
    expect(await hours('unknown', at(90), "'infinity'")).toMatchObject([{ arrivals: 2 }]);
  });
});
