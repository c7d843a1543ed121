import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

/** Polls every 2 minutes from `from` until `to`, in hours after noon UTC of 15 June; `bikesAt` is asked in hours too. */
async function pollHours(
  system: string,
  from: number,
  to: number,
  bikesAt: (hour: number) => number,
): Promise<void> {
  await store.pollEvery(120, system, [from * 3600, to * 3600], (second) => [
    station('1', bikesAt(second / 3600), 5),
  ]);
}

const compliance = (system: string, from: string, to: string, more: number[] = []) =>
  store.ask(
    `select day::text, minutes_observed, minutes_in_target, compliance, longest_outage_minutes, outages_over_tolerance, minutes_unknown
     from api.sla_compliance_between($1, $2, $3${more.map((_, index) => `, $${index + 4}`).join('')}) order by day`,
    [from, to, system, ...more],
  );

describe('sla_compliance_between', () => {
  test('of a long outage the first 10 minutes are tolerated, a short one costs nothing', async () => {
    await pollHours('utc', -8, 12, (hour) => ((hour >= 0 && hour < 1) || (hour >= 2 && hour < 2.1) ? 0 : 3));
    expect(await compliance('utc', '2026-06-15', '2026-06-15')).toEqual([
      {
        day: '2026-06-15',
        minutes_observed: 960,
        minutes_in_target: 910,
        compliance: 910 / 960,
        longest_outage_minutes: 60,
        outages_over_tolerance: 1,
        minutes_unknown: 0,
      },
    ]);
    expect(await compliance('utc', '2026-06-15', '2026-06-15', [12, 14, 60])).toMatchObject([
      {
        minutes_observed: 120,
        minutes_in_target: 120,
        compliance: 1,
        longest_outage_minutes: 60,
        outages_over_tolerance: 0,
      },
    ]);
  });

  test('hours are those of the clocks of the system, also on the days on which they change', async () => {
    await store.tellTimezone('oslo', 'Europe/Oslo');
    const spring = (Date.UTC(2026, 2, 28, 12) - Date.UTC(2026, 5, 15, 12)) / 3_600_000;
    await pollHours('oslo', spring, spring + 40, () => 3);
    expect(await compliance('oslo', '2026-03-28', '2026-03-30', [0, 24])).toMatchObject([
      { day: '2026-03-28', minutes_observed: 11 * 60 },
      { day: '2026-03-29', minutes_observed: 23 * 60 },
      { day: '2026-03-30', minutes_observed: 6 * 60 },
    ]);
    expect(await compliance('oslo', '2026-03-29', '2026-03-29', [1, 4])).toMatchObject([
      { minutes_observed: 120 },
    ]);
  });

  test('hours that do not end later than they begin go on past midnight and belong to the day before it', async () => {
    await store.tellTimezone('owls', 'Europe/Oslo');
    // From 3 o'clock in Oslo on 15 June until 9 o'clock on the 17th; empty from 23:30 until 1 o'clock.
    await pollHours('owls', -11, 43, (hour) => (hour >= 9.5 && hour < 11 ? 0 : 3));
    expect(await compliance('owls', '2026-06-01', '2026-06-30', [22, 6, 10])).toMatchObject([
      { day: '2026-06-14', minutes_observed: 180, compliance: 1 },
      { day: '2026-06-15', minutes_observed: 480, minutes_in_target: 400, longest_outage_minutes: 90 },
      { day: '2026-06-16', minutes_observed: 480, compliance: 1 },
      { day: '2026-06-17', minutes_observed: 0, compliance: null },
    ]);
    expect(await compliance('owls', '2026-06-15', '2026-06-15', [12, 12])).toMatchObject([
      { day: '2026-06-15', minutes_observed: 24 * 60 },
    ]);
  });

  test('minutes of service are those of the whole day by its clocks, of a day that has just begun too', async () => {
    await pollHours('begun', 4 - 12, 6.3 - 12, () => 3);
    const rows = await store.ask(
      `select day::text, minutes_observed, minutes_of_service, compliance from api.sla_compliance_between('2026-06-01', '2026-06-30', 'begun')`,
    );
    expect(rows).toEqual([
      { day: '2026-06-15', minutes_observed: 18, minutes_of_service: 960, compliance: 1 },
    ]);
    const spring = await store.ask(
      `select minutes_of_service from api.sla_compliance_between('2026-03-29', '2026-03-29', 'oslo', 0, 24)`,
    );
    expect(new Set(spring.map((row) => row.minutes_of_service))).toEqual(new Set([23 * 60]));
    const night = await store.ask(
      `select minutes_of_service from api.sla_compliance_between('2026-06-15', '2026-06-15', 'begun', 22, 6)`,
    );
    expect(new Set(night.map((row) => row.minutes_of_service))).toEqual(new Set([480]));
  });

  test('hours that no clock has are refused', async () => {
    await expect(compliance('owls', '2026-06-15', '2026-06-15', [6, 25])).rejects.toThrow(
      /time field value out of range: 25/,
    );
  });

  test('a system of which only its name is known has no days', async () => {
    await store.tellTimezone('unseen', 'Europe/Oslo');
    expect(await compliance('unseen', '-infinity', 'infinity')).toEqual([]);
  });

  test('an outage counts from its own beginning, also before the service hours and the day before', async () => {
    await pollHours('night', 0, 24, (hour) => (hour > 9 && hour < 18.1 ? 0 : 3));
    expect(await compliance('night', '2026-06-16', '2026-06-16')).toMatchObject([
      { minutes_observed: 360, minutes_in_target: 354, longest_outage_minutes: 6, outages_over_tolerance: 1 },
    ]);
  });

  test('minutes in which no count is known are neither in the target nor out, and no outage', async () => {
    await store.pollEvery(120, 'unknown', [-8 * 3600, 12 * 3600], (second) => [
      station('1', second >= 0 && second < 3600 ? undefined : second < 7200 && second >= 3600 ? 0 : 3),
    ]);
    await store.pollEvery(120, 'never known', [-8 * 3600, 12 * 3600], () => [station('1', -1, -1)]);
    expect(await compliance('unknown', '2026-06-15', '2026-06-15')).toEqual([
      {
        day: '2026-06-15',
        minutes_observed: 900,
        minutes_in_target: 850,
        compliance: 850 / 900,
        longest_outage_minutes: 60,
        outages_over_tolerance: 1,
        minutes_unknown: 60,
      },
    ]);
    expect(await compliance('never known', '2026-06-15', '2026-06-15')).toEqual([
      {
        day: '2026-06-15',
        minutes_observed: 0,
        minutes_in_target: 0,
        compliance: null,
        longest_outage_minutes: 0,
        outages_over_tolerance: 0,
        minutes_unknown: 960,
      },
    ]);
    expect(await store.ask(`select state from api.outage_episode where system_id like '%known'`)).toEqual([
      { state: 'empty' },
    ]);
    expect(
      await store.ask(`select state from api.station_spell where system_id = 'unknown' order by from_at`),
    ).toEqual(['ok', 'unknown', 'empty', 'ok'].map((state) => ({ state })));
  });

  test('an unobserved day is neither good nor bad, and days before the first and after the last observation have no row', async () => {
    await pollHours('gap', 0, 6, () => 3);
    await pollHours('gap', 48, 54, () => 0);
    expect(await compliance('gap', '2026-06-01', '2026-06-30')).toMatchObject([
      { day: '2026-06-15', compliance: 1 },
      {
        day: '2026-06-16',
        minutes_observed: 0,
        minutes_in_target: 0,
        compliance: null,
        outages_over_tolerance: 0,
      },
      { day: '2026-06-17', minutes_observed: 360, compliance: 10 / 360 },
    ]);
  });
});
