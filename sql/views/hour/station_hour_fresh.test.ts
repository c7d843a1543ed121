import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

import { rollUpAll } from '@velolog/store/upkeep/roll-up';

const fresh = (system: string, from = '-infinity', to = 'infinity') =>
  store.ask('select hour_at, observed_ms from api.station_hour_fresh($1, $2, $3) order by hour_at', [
    from,
    to,
    system,
  ]);

describe('station_hour_fresh', () => {
  test('once rolled up, only the hours in which a lane begins and ends are left to it', async () => {
    for (let minute = 30; minute <= 270; minute += 2)
      await store.poll('a', minute * 60, [station('1', 5, 5)]);
    const hours = [0, 3600, 7200, 10_800, 14_400];
    expect((await fresh('a')).map((row) => row.hour_at)).toEqual(hours);
    await rollUpAll(store.context.pool);
    expect(await fresh('a')).toEqual([
      { hour_at: 0, observed_ms: 1_800_000 },
      { hour_at: 14_400, observed_ms: 1_800_000 },
    ]);
    expect(await fresh('a', '2026-06-15T16:00:00Z')).toEqual([{ hour_at: 14_400, observed_ms: 1_800_000 }]);
    expect(await fresh('a', '-infinity', '2026-06-15T12:00:00Z')).toEqual([
      { hour_at: 0, observed_ms: 1_800_000 },
    ]);
    expect(await fresh('a', '2026-06-15T13:00:00Z', '2026-06-15T15:00:00Z')).toEqual([]);
  });

  test('an hour that two lanes share is one row', async () => {
    await store.poll('b', 1200, [station('1', 6, 4)]);
    await store.poll('b', 1260, [station('1', 6, 4)]);
    await store.poll('b', 0, [station('1', 2, 8)], { imported: true });
    await store.poll('b', 60, [station('1', 2, 8)], { imported: true });
    expect(
      await store.ask(`select * from api.station_hour_fresh('-infinity', 'infinity', 'b')`),
    ).toMatchObject([
      { hour_at: 0, bikes_min: 2, bikes_mean: 4, bikes_max: 6, observed_ms: 120_000, arrivals: 0 },
    ]);
  });
});
