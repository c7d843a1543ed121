import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRandomStore } from '../../../test/history/random-store.ts';
import type { TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
const seed = Number(process.env.SEED ?? Date.now() % 100_000);
beforeAll(async () => {
  console.log(`station_change_since: SEED=${seed}`);
  store = await openRandomStore(seed, 60);
});
afterAll(() => store[Symbol.asyncDispose]());

const since = `'2026-06-15T12:00:00Z'::timestamptz + $1 * interval '1 s'`;
const columns = `station_id, name, lat, lon, observed_at, prev_observed_at, num_bikes_available, prev_num_bikes_available,
  bikes_delta, num_docks_available, prev_num_docks_available, docks_delta, gap_seconds`;
const order = 'order by observed_at, station_id';

test.each([-100, 0, 30, 607, 900, 3000, 6700, 6760, 100_000])(
  'since %i s it gives the rows of station_change that are later, of that system alone',
  async (second) => {
    const expected = await store.ask(
      `select ${columns} from api.station_change where system_id = 'b' and observed_at > ${since} ${order}`,
      [second],
    );
    expect(
      await store.ask(`select ${columns} from api.station_change_since('b', ${since}) ${order}`, [second]),
    ).toEqual(expected);
    if (second === 0) expect(expected.length).toBeGreaterThan(100);
  },
);
