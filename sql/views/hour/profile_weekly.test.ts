import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('profile_weekly', () => {
  test('a weekday and hour of the local week, weighted by the time observed', async () => {
    await store.tellTimezone('oslo', 'Europe/Oslo');
    // Monday 15 June 12:00 UTC is 14 o'clock in Oslo; a week later the same hour, half of it.
    const week = 7 * 86_400;
    await store.pollEvery(120, 'oslo', [0, 3600], () => [station('1', 6, 0)]);
    await store.pollEvery(120, 'oslo', [week, week + 1800], () => [station('1', 0, 6)]);
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

  test('the hour that the end of summer time repeats counts twice, the one that its beginning leaves out not at all', async () => {
    await store.tellTimezone('autumn', 'Europe/Oslo');
    await store.tellTimezone('spring', 'Europe/Oslo');
    const secondOf = (time: string) => (Date.parse(time) - START) / 1000;
    // 02:00 comes twice on Sunday 2026-10-25, and never on Sunday 2027-03-28.
    const autumn = secondOf('2026-10-24T23:00Z');
    const spring = secondOf('2027-03-28T00:00Z');
    await store.pollEvery(120, 'autumn', [autumn, autumn + 4 * 3600], () => [station('1', 6, 0)]);
    await store.pollEvery(120, 'spring', [spring, spring + 3 * 3600], () => [station('1', 6, 0)]);
    await store.tellTimezone('no-zone', '');
    await store.pollEvery(120, 'no-zone', [autumn, autumn + 2 * 3600], () => [station('1', 6, 0)]);
    const hours = async (system: string) =>
      (
        await store.ask(
          'select weekday, hour, hours_observed from api.profile_weekly where system_id = $1 and hours_observed > 0 order by weekday, hour',
          [system],
        )
      ).map(({ weekday, hour, hours_observed }) => [weekday, hour, hours_observed]);
    expect(await hours('autumn')).toEqual([
      [7, 1, 1],
      [7, 2, 2],
      [7, 3, 1],
    ]);
    expect(await hours('spring')).toEqual([
      [7, 1, 1],
      [7, 3, 1],
      [7, 4, 1],
    ]);
    expect(await hours('no-zone'), 'in UTC').toEqual([
      [6, 23, 1],
      [7, 0, 1],
    ]);
  });

  test('hours older than 8 weeks before the last observation are left out', async () => {
    const poll = (second: number, bikes: number) => store.poll('old', second, [station('1', bikes, 9)]);
    for (const second of [0, 60, 120]) await poll(second, 1);
    for (const second of [0, 60, 120]) await poll(60 * 86_400 + second, 7);
    expect(await store.ask(`select bikes_mean from api.profile_weekly where system_id = 'old'`)).toEqual([
      { bikes_mean: 7 },
    ]);
  });
});
