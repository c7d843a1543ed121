import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../test/random.ts';
import { openTestStore, type TestStore } from '../../test/test-store.ts';

let store: TestStore;
const seed = Number(process.env.SEED ?? Date.now() % 100_000);
const POLLS = 60;

beforeAll(async () => {
  console.log(`station_change_between: SEED=${seed}`);
  store = await openTestStore();
  const next = random(seed);
  const messages = [];
  for (let poll = 0; poll < POLLS; poll++) {
    for (const system_id of ['a', 'b']) {
      const second = poll * 30 + (system_id === 'b' ? 7 : 0) + (poll > POLLS / 2 ? 5000 : 0);
      if (next() < 0.1) {
        messages.push(store.message({ system_id, second, outcome: 'failed', error: 'timeout' }));
        continue;
      }
      const stations = Array.from({ length: 12 }, (_, index) => ({
        station_id: `${index}`,
        ...(next() < 0.9 && { num_bikes_available: Math.floor(next() * 3) }),
        ...(next() < 0.7 && { num_docks_available: Math.floor(next() * 3) }),
      })).filter(() => next() < 0.9);
      messages.push(store.message({ system_id, second, body: { data: { stations } } }));
    }
  }
  await store.store(messages);
});
afterAll(() => store[Symbol.asyncDispose]());

const window = `'2026-06-15T12:00:00Z'::timestamptz + $1 * interval '1 s', '2026-06-15T12:00:00Z'::timestamptz + $2 * interval '1 s'`;

describe('station_change_between', () => {
  test.each([
    [-1000, 100_000],
    [0, 0],
    [30, 600],
    [607, 607],
    [1700, 7000],
    [6800, 100_000],
  ])('from %i s to %i s it gives the rows of station_change, of all systems and of one', async (from, to) => {
    const [all] = await store.ask(
      `select
        (select count(*)::int from api.station_change where observed_at between ${window.replace(',', ' and')}) as in_view,
        (select count(*)::int from api.station_change_between(${window})) as in_function,
        (select count(*)::int from (
          (select * from api.station_change where observed_at between ${window.replace(',', ' and')})
          except (select * from api.station_change_between(${window}))) as missing) as missing,
        (select count(*)::int from api.station_change_between(${window}, 'b')) as of_one,
        (select count(*)::int from api.station_change where system_id = 'b' and observed_at between ${window.replace(',', ' and')}) as in_view_of_one`,
      [from, to],
    );
    expect(all).toMatchObject({ in_function: all?.in_view, missing: 0, of_one: all?.in_view_of_one });
  });

  test('the windows above hold changes with gaps and absences', async () => {
    const [row] = await store.ask(
      'select count(*)::int as changes, count(*) filter (where gap_seconds > 0)::int as with_gap from api.station_change',
    );
    expect(row?.changes).toBeGreaterThan(200);
    expect(row?.with_gap).toBeGreaterThan(20);
  });

  test('a system that is not known gives no rows and no error', async () => {
    expect(
      await store.ask(`select * from api.station_change_between(${window}, 'nowhere')`, [0, 9999]),
    ).toEqual([]);
  });
});
