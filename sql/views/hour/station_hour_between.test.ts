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

describe('station_hour_between', () => {
  beforeAll(async () => {
    for (const system of ['a', 'b']) {
      await store.pollEvery(120, system, [600, 17_880], (second) => [
        station('1', (second / 60) % 7, (second / 60) % 5),
        station('2', (second / 60) % 3),
      ]);
    }
  });

  test.each(['nothing', 'all'])(
    'with %s rolled up, it gives the rows of the view within the window',
    async (rolled) => {
      if (rolled === 'all') await rollUpAll(store.context.pool);
      for (const [from, to] of [
        [-1, 100_000],
        [0, 0],
        [1, 3599],
        [3600, 7200],
        [14_400, 14_400],
        [20_000, 30_000],
      ] as const) {
        for (const [system, id] of [
          [null, null],
          ['a', null],
          ['b', '2'],
          [null, '1'],
          ['nowhere', null],
        ] as const) {
          await expectSameRows(store, {
            view: `select * from api.station_hour
              where hour_at between $1 and $2 and ($3::text is null or system_id = $3) and ($4::text is null or station_id = $4)`,
            given: 'select * from api.station_hour_between($1, $2, $3, $4)',
            values: [at(from), at(to), system, id],
          });
        }
      }
      const [row] = await store.ask('select count(*)::int from api.station_hour_between($1, $2)', [
        at(0),
        at(99_999),
      ]);
      expect(row).toEqual({ count: 2 * 2 * 5 });
    },
  );
});
