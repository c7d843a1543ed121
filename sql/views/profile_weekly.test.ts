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

describe('profile_weekly', () => {
  test('a weekday and hour of the local week, weighted by the time observed', async () => {
    await tellTimezone('oslo', 'Europe/Oslo');
    // Monday 15 June 12:00 UTC is 14 o'clock in Oslo; a week later the same hour, half of it.
    const week = 7 * 86_400;
    const messages = [];
    for (let minute = 0; minute <= 60; minute += 2)
      messages.push(
        store.message({
          system_id: 'oslo',
          second: minute * 60,
          body: { data: { stations: [station('1', 6, 0)] } },
        }),
      );
    for (let minute = 0; minute <= 30; minute += 2)
      messages.push(
        store.message({
          system_id: 'oslo',
          second: week + minute * 60,
          body: { data: { stations: [station('1', 0, 6)] } },
        }),
      );
    await store.store(messages);
    expect(
      await store.ask(`select weekday, hour, bikes_mean, docks_mean, empty_share, full_share, hours_observed
        from api.profile_weekly where system_id = 'oslo' and hours_observed > 0`),
    ).toEqual([
      {
        weekday: 1,
        hour: 14,
        bikes_mean: 4,
        docks_mean: 2,
        empty_share: expect.closeTo(1 / 3, 9),
        full_share: expect.closeTo(2 / 3, 9),
        hours_observed: 1.5,
      },
    ]);
  });

  test('what is older than 8 weeks before the last observation is left out', async () => {
    const poll = (second: number, bikes: number) => store.poll('old', second, [station('1', bikes, 9)]);
    for (const second of [0, 60, 120]) await poll(second, 1);
    for (const second of [0, 60, 120]) await poll(60 * 86_400 + second, 7);
    expect(await store.ask(`select bikes_mean from api.profile_weekly where system_id = 'old'`)).toEqual([
      { bikes_mean: 7 },
    ]);
  });
});
