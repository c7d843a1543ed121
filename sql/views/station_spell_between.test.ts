import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../test/given-station.ts';
import { openTestStore, type TestStore } from '../../test/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

import { rollUpAll } from '@velolog/store/roll-up';

const at = (second: number) => new Date(Date.UTC(2026, 5, 15, 12) + second * 1000);

describe('station_spell_between', () => {
  beforeAll(async () => {
    for (const system of ['a', 'b']) {
      for (let minute = 0; minute < 240; minute += 2) {
        const bikes = Math.floor(minute / 10) % 3;
        await store.poll(system, minute * 60, [
          station('1', bikes, 5),
          station('2', 5, bikes),
          station('3', 5, 5),
        ]);
      }
    }
  });

  test.each(['nothing', 'all'])(
    'with %s rolled up, it gives the spells of the view that touch the window',
    async (rolled) => {
      if (rolled === 'all') await rollUpAll(store.context.pool);
      for (const [from, to] of [
        [-1000, 100_000],
        [0, 0],
        [600, 600],
        [601, 1199],
        [6900, 7300],
        [14_000, 20_000],
        [20_000, 30_000],
      ] as const) {
        for (const [system, id] of [
          [null, null],
          ['a', null],
          ['b', '2'],
          [null, '3'],
          ['a', 'no such station'],
        ] as const) {
          const [row] = await store.ask(
            `with expected as (
             select * from api.station_spell
             where from_at <= $2 and coalesce(to_at, from_at + duration_seconds * interval '1 s') >= $1
               and ($3::text is null or system_id = $3) and ($4::text is null or station_id = $4)
           ), given as (select * from api.station_spell_between($1, $2, $3, $4))
           select (select count(*)::int from expected) as expected, (select count(*)::int from given) as given,
             (select count(*)::int from (select * from expected except select * from given) as missing) as missing`,
            [at(from), at(to), system, id],
          );
          expect(row, `${from}-${to} ${system} ${id}`).toEqual({
            expected: row?.given,
            given: row?.given,
            missing: 0,
          });
        }
      }
    },
  );

  test('the windows above hold spells of several states', async () => {
    const rows = await store.ask(
      'select state, count(*)::int from api.station_spell group by state order by state',
    );
    expect(rows).toEqual([
      { state: 'empty', count: 16 },
      { state: 'full', count: 16 },
      { state: 'ok', count: 34 },
    ]);
  });
});
