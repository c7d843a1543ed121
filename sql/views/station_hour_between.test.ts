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

describe('station_hour_between', () => {
  beforeAll(async () => {
    for (const system of ['a', 'b']) {
      for (let minute = 10; minute < 300; minute += 2)
        await store.poll(system, minute * 60, [
          station('1', minute % 7, minute % 5),
          station('2', minute % 3),
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
          const [row] = await store.ask(
            `with expected as (
             select * from api.station_hour
             where hour_at between $1 and $2 and ($3::text is null or system_id = $3) and ($4::text is null or station_id = $4)
           ), given as (select * from api.station_hour_between($1, $2, $3, $4))
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
      const [row] = await store.ask('select count(*)::int from api.station_hour_between($1, $2)', [
        at(0),
        at(99_999),
      ]);
      expect(row).toEqual({ count: 2 * 2 * 5 });
    },
  );
});
