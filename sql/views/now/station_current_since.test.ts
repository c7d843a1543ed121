import { expect, test } from 'vitest';
import { openRandomStore } from '../../../test/history/random-store.ts';
import type { TestStore } from '../../../test/workers/test-store.ts';

const seed = Number(process.env.SEED ?? Date.now() % 100_000);
const VALUES = `station_id, num_bikes_available, num_docks_available, num_bikes_disabled, num_docks_disabled,
  is_installed, is_renting, is_returning, state, state_since`;

test('after each poll it gives the stations that have changed, and no others', async () => {
  console.log(`station_current_since: SEED=${seed}`);
  let before = new Map<unknown, string>();
  let newest = -1;
  let given = 0;
  const compare = async (store: TestStore) => {
    const now = await store.ask(`select ${VALUES} from api.station_current where system_id = 'a'`);
    const after = new Map(now.map((row) => [row.station_id, JSON.stringify(row)]));
    const changed = [...after].filter(([id, text]) => before.get(id) !== text).map(([, text]) => text);
    const since = await store.ask(
      `select ${VALUES} from api.station_current_since('a', '2026-06-15T12:00:00Z'::timestamptz + $1 * interval '1 s')`,
      [newest],
    );
    expect(since.map((row) => JSON.stringify(row)).sort()).toEqual(changed.sort());
    given += since.length;
    before = after;
    const [row] = await store.ask(
      `select max(observed_at) as newest from api.station_current where system_id = 'a'`,
    );
    newest = (row?.newest as number | null) ?? newest;
  };
  const store = await openRandomStore(seed, 40, compare);
  try {
    expect(given).toBeGreaterThan(100);
    expect(await store.ask(`select * from api.station_current_since('nowhere', '2000-01-01')`)).toEqual([]);
    const [all] = await store.ask(
      `select count(*)::int as rows from api.station_current_since('a', '2000-01-01')`,
    );
    expect(all?.rows).toBe(before.size);
  } finally {
    await store[Symbol.asyncDispose]();
  }
});
