import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

import { rollUpAll } from '@velolog/store/upkeep/roll-up';

const hours = (system: string) =>
  store.ask('select * from api.station_hour where system_id = $1 order by station_id, hour_at', [system]);

describe('station_hour', () => {
  test('means are weighted by how long a number lasted, not by how often it was polled', async () => {
    for (let minute = 0; minute < 60; minute += 2)
      await store.poll('mean', minute * 60, [station('1', minute < 45 ? 4 : 0, 6)]);
    await store.poll('mean', 3600, [station('1', 9, 1)]);
    const [first, second] = await hours('mean');
    expect(first).toMatchObject({
      hour_at: 0,
      bikes_min: 0,
      bikes_mean: (4 * 46) / 60,
      bikes_max: 4,
      docks_mean: 6,
      empty_share: 14 / 60,
      full_share: 0,
      closed_share: 0,
      observed_share: 1,
      arrivals: 0,
      departures: 4,
      largest_step: 4,
    });
    expect(second).toMatchObject({
      hour_at: 3600,
      bikes_min: 9,
      bikes_mean: null,
      empty_share: null,
      observed_share: 0,
      arrivals: 9,
    });
  });

  test('unobserved time is in no mean and no share, and lowers observed_share', async () => {
    await store.poll('gap', 0, [station('1', 0, 6)]);
    await store.poll('gap', 60, [station('1', 0, 6)]);
    await store.poll('gap', 3000, [station('1', 5, 1)]);
    await store.poll('gap', 3060, [station('1', 5, 1)]);
    await store.poll('gap', 3120, [station('1', 5, 1)]);
    expect(await hours('gap')).toMatchObject([
      { bikes_mean: 10 / 3, empty_share: 1 / 3, observed_share: 180 / 3600, arrivals: 5, departures: 0 },
    ]);
  });

  test('a number the feed does not say has no mean and no bounds, and the state still has its share', async () => {
    await store.poll('null', 0, [station('1', 0)]);
    await store.poll('null', 60, [station('1', 0)]);
    expect(await hours('null')).toMatchObject([
      { bikes_mean: 0, docks_min: null, docks_mean: null, docks_max: null, empty_share: 1 },
    ]);
  });

  test('of bikes that no poll told, nobody knows how many came and went, also once the hour is rolled up', async () => {
    for (let minute = 0; minute <= 120; minute += 10)
      await store.poll('mute', minute * 60, [
        station('1', undefined, 4),
        station('2', minute < 60 ? undefined : 3, 4),
      ]);
    const moves = 'station_id, arrivals, departures, largest_step';
    const asked = async () => [
      await store.ask(
        `select ${moves} from api.station_hour where system_id = 'mute' and hour_at < '2026-06-15T14:00Z' order by 1, hour_at`,
      ),
      await store.ask(
        `select ${moves} from api.station_hour_between('2026-06-15T12:00Z', '2026-06-15T13:59Z', 'mute') order by 1, hour_at`,
      ),
      await store.ask(`select ${moves}, net from api.flow_balance where system_id = 'mute' order by 1`),
      await store.ask(
        `select ${moves}, net from api.flow_balance_between('2026-06-15T12:15Z', '2026-06-15T12:45Z', 'mute') order by 1`,
      ),
    ];
    const unknown = { arrivals: null, departures: null, largest_step: null };
    const none = { arrivals: 0, departures: 0, largest_step: 0 };
    const hourly = [
      { station_id: '1', ...unknown },
      { station_id: '1', ...unknown },
      { station_id: '2', ...unknown },
      { station_id: '2', ...none },
    ];
    const balance = [
      { station_id: '1', ...unknown, net: null },
      { station_id: '2', ...none, net: 0 },
    ];
    const withinAnHour = ['1', '2'].map((station_id) => ({ station_id, ...unknown, net: null }));
    const expected = [hourly, hourly, balance, withinAnHour];
    expect(await asked()).toEqual(expected);
    await rollUpAll(store.context.pool);
    expect(await asked()).toEqual(expected);
  });

  test('time in the state unknown is in no share of a state: it is neither good nor bad', async () => {
    const bikesAt = (minute: number) => (minute < 15 ? 0 : minute < 30 ? 3 : undefined);
    for (let minute = 0; minute <= 60; minute += 1)
      await store.poll('unknown', minute * 60, [station('1', bikesAt(minute)), station('2')]);
    expect((await hours('unknown')).filter((row) => row.hour_at === 0)).toMatchObject([
      { bikes_mean: 1.5, empty_share: 0.5, full_share: 0, observed_share: 1, unknown_share: 0.5 },
      { bikes_mean: null, empty_share: null, closed_share: null, observed_share: 1, unknown_share: 1 },
    ]);
    expect(
      await store.ask(
        `select station_id, empty_share, full_share, bikes_mean, hours_observed from api.profile_weekly
         where system_id = 'unknown' and hours_observed > 0 order by station_id`,
      ),
    ).toEqual([
      { station_id: '1', empty_share: 0.5, full_share: 0, bikes_mean: 1.5, hours_observed: 1 },
      { station_id: '2', empty_share: null, full_share: null, bikes_mean: null, hours_observed: 1 },
    ]);
  });

  test('rolled up and worked out are the same, also after history was imported into a day that had been rolled up', async () => {
    for (let minute = 200; minute < 600; minute += 2)
      await store.poll('roll', minute * 60, [station('1', minute % 7, minute % 3), station('2', minute % 5)]);
    const direct = await hours('roll');
    await rollUpAll(store.context.pool);
    const count = async () => (await store.ask('select count(*)::int from velolog.station_hour'))[0]?.count;
    expect(await hours('roll')).toEqual(direct);
    const rolled = Number(await count());
    expect(rolled).toBeGreaterThanOrEqual(2 * 5);
    for (let minute = 0; minute < 195; minute += 2)
      await store.poll('roll', minute * 60, [station('1', minute % 4, 1)], { imported: true });
    const withHistory = await hours('roll');
    expect(withHistory.slice(0, 3)).toMatchObject([{ hour_at: 0 }, { hour_at: 3600 }, { hour_at: 7200 }]);
    await rollUpAll(store.context.pool);
    await rollUpAll(store.context.pool);
    expect(await hours('roll')).toEqual(withHistory);
    expect(await count()).toBe(rolled + 3);
  });

  test('rolled-up hours stay when retention drops the rows they came from', async () => {
    const before = await hours('roll');
    await store.ask('truncate velolog.station_status');
    const after = await hours('roll');
    const whole = before.filter((row) => ![10_800, 32_400].includes(Number(row.hour_at)));
    expect(after.filter((row) => whole.some(({ hour_at }) => hour_at === row.hour_at))).toEqual(whole);
  });
});
