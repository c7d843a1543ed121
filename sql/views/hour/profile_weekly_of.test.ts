import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { expectSameRows } from '../../../test/history/same-rows.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('profile_weekly_of', () => {
  test('gives the rows of profile_weekly of one station', async () => {
    await store.tellTimezone('oslo', 'Europe/Oslo');
    await store.pollEvery(900, 'oslo', [0, 9 * 86_400], (second) => [
      station('1', Math.floor((second / 3600) * 7) % 6, 4),
      station('2', 1, 1),
    ]);
    const rows = await expectSameRows(store, {
      view: `select * from api.profile_weekly where system_id = 'oslo' and station_id = '1'`,
      given: `select * from api.profile_weekly_of('oslo', '1')`,
    });
    expect(rows).toBe(168);
  });

  test('a station that is not known has no rows and no error', async () => {
    expect(await store.ask(`select * from api.profile_weekly_of('oslo', 'nowhere')`)).toEqual([]);
  });
});
