import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { expectSameRows } from '../../../test/history/same-rows.ts';
import { at, openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('station_spell_between', () => {
  beforeAll(async () => {
    for (const system of ['a', 'b']) {
      await store.pollEvery(120, system, [0, 14_280], (second) => {
        const bikes = Math.floor(second / 600) % 3;
        return [station('1', bikes, 5), station('2', 5, bikes), station('3', 5, 5)];
      });
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
          await expectSameRows(store, {
            view: `select * from api.station_spell
              where from_at <= $2 and coalesce(to_at, from_at + duration_seconds * interval '1 s') >= $1
                and ($3::text is null or system_id = $3) and ($4::text is null or station_id = $4)`,
            given: 'select * from api.station_spell_between($1, $2, $3, $4)',
            values: [at(from), at(to), system, id],
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
