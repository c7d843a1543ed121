import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../test/given-station.ts';
import { openTestStore, type TestStore } from '../../test/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

/** The time of a system, told by its system_information. */
const tellTimezone = (system_id: string, timezone: string) =>
  store.record({ system_id, feed: 'system_information', second: 0, body: { data: { system_id, timezone } } });

describe('profile_weekly_of', () => {
  test('gives the rows of profile_weekly of one station', async () => {
    await tellTimezone('oslo', 'Europe/Oslo');
    const messages = [];
    for (let hour = 0; hour < 24 * 9; hour += 0.25)
      messages.push(
        store.message({
          system_id: 'oslo',
          second: hour * 3600,
          body: { data: { stations: [station('1', Math.floor(hour * 7) % 6, 4), station('2', 1, 1)] } },
        }),
      );
    await store.store(messages);
    const [row] = await store.ask(`
      with expected as (select * from api.profile_weekly where system_id = 'oslo' and station_id = '1'),
        given as (select * from api.profile_weekly_of('oslo', '1'))
      select (select count(*)::int from expected) as expected, (select count(*)::int from given) as given,
        (select count(*)::int from (select * from expected except select * from given) as missing) as missing`);
    expect(row).toEqual({ expected: 168, given: 168, missing: 0 });
  });

  test('a station that is not known has no rows and no error', async () => {
    expect(await store.ask(`select * from api.profile_weekly_of('oslo', 'nowhere')`)).toEqual([]);
  });
});
