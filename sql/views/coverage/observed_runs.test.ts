import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const at = (second: number) => `'2026-06-15T12:00:00Z'::timestamptz + ${second} * interval '1 s'`;

/** The runs of each station of a system from `from` to `to`, as `start-end`. */
async function runs(system: string, from: number, to: number): Promise<Record<string, string[]>> {
  const rows = await store.ask(
    `select station_id, start_at, end_at
     from api.observed_lane as lane
     cross join lateral api.observed_runs(lane.system_key, lane.from_at, lane.to_at, ${at(from)}, ${at(to)}) as run
     join velolog.station using (station_key)
     left join lateral unnest(run.starts, run.ends) as part (start_at, end_at) on true
     where lane.system_id = $1 and lane.is_live
     order by station_id, start_at`,
    [system],
  );
  const byStation: Record<string, string[]> = {};
  for (const { station_id, start_at, end_at } of rows) {
    byStation[String(station_id)] ??= [];
    if (start_at !== null) byStation[String(station_id)]?.push(`${start_at}-${end_at}`);
  }
  return byStation;
}

describe('observed_runs', () => {
  test('a failed poll and a hole end a run for all, an absence for the station alone', async () => {
    const [one, two] = [station('1', 5), station('2', 5)];
    await store.poll('runs', 0, [one, two]);
    await store.poll('runs', 60, [one, two]);
    await store.poll('runs', 120, [one]);
    await store.poll('runs', 180, [one, two]);
    await store.record({ system_id: 'runs', second: 240, outcome: 'failed', error: 'http_500' });
    await store.poll('runs', 300, [one, two]);
    await store.poll('runs', 360, [one, two]);
    await store.poll('runs', 10_000, [one, two]);
    expect(await runs('runs', 0, 20_000)).toEqual({
      '1': ['0-180', '300-360', '10000-10000'],
      '2': ['0-60', '180-180', '300-360', '10000-10000'],
    });
    expect(await runs('runs', 190, 320)).toEqual({ '1': ['300-360'], '2': ['300-360'] });
    expect(await runs('runs', 310, 320)).toEqual({ '1': ['300-360'], '2': ['300-360'] });
    expect(await runs('runs', 400, 500)).toEqual({ '1': [], '2': [] });
  });

  test('a station that is absent all the time asked for has no run, and the others have theirs', async () => {
    await store.poll('gone', 0, [station('1', 5), station('2', 5)]);
    await store.poll('gone', 60, [station('1', 5)]);
    await store.poll('gone', 120, [station('1', 5)]);
    expect(await runs('gone', 30, 200)).toEqual({ '1': ['0-120'], '2': [] });
  });
});
