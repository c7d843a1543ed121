import { fitForecasts } from '@velolog/store/upkeep/forecast/fit-forecasts';
import { fitInThread } from '@velolog/store/upkeep/forecast/fit-in-thread';
import { daysHeld } from '@velolog/store/upkeep/forecast/recorded-history';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../../../test/history/given-station.ts';
import {
  type GivenStation,
  openTestStore,
  START,
  type TestStore,
} from '../../../../../test/workers/test-store.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const STEP = 1200;
const STATIONS = 10;
const CAPACITY = 6;
const NOW = Math.floor((Date.now() - START) / 1000) - 30;
/** Every second look, a ride to or from each station. */
const bikesAt = (index: number, second: number) => {
  const mixed = Math.imul(index * 7919 + Math.floor(second / STEP / 2), 2_654_435_761) >>> 8;
  return (index + (mixed % 5)) % (CAPACITY + 1);
};
const openAt = (second: number, name = (index: number) => `s${index}`, capacity = CAPACITY): GivenStation[] =>
  Array.from({ length: STATIONS }, (_, index) => {
    const bikes = Math.round((bikesAt(index, second) * capacity) / CAPACITY);
    return station(name(index), bikes, capacity - bikes);
  });
const closedAt = (): GivenStation[] =>
  Array.from({ length: STATIONS }, (_, index) =>
    station(`s${index}`, index % 2, CAPACITY - (index % 2), { is_renting: false, is_returning: false }),
  );

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  const record = async (
    system: string,
    fromDays: number,
    toDays: number,
    stationsAt: (second: number) => GivenStation[],
  ) => store.pollEvery(STEP, system, [NOW - fromDays * DAY, NOW - toDays * DAY], stationsAt);
  await record('season', 24, 16, (second) => openAt(second));
  await record('season', 16 - STEP / DAY, (3 * HOUR) / DAY, closedAt);
  await record('season', (3 * HOUR - STEP) / DAY, 0, (second) => openAt(second));
  await record('unseen', 24, 16, (second) => openAt(second));
  await record('unseen', (3 * HOUR) / DAY, 0, (second) => openAt(second));
  await record('renamed', 9, 2, (second) => openAt(second));
  await record('renamed', 2 - STEP / DAY, 0, (second) => openAt(second, (index) => `new-${index}`));
  await record('enlarged', 9, 2, (second) => openAt(second));
  await record('enlarged', 2 - STEP / DAY, 0, (second) => openAt(second, undefined, 40 * CAPACITY));
  await record('shut', 9, 2, (second) => openAt(second));
  await record('shut', 2 - STEP / DAY, 0, closedAt);
  await record('short', 0.9, 0, (second) => openAt(second));
  await fitForecasts(store.context.pool, { minutesAhead: [20] });
});
afterAll(() => store[Symbol.asyncDispose]());

const forecast = async (system: string) => {
  const rows = await store.ask('select * from api.station_forecast($1, 20) order by station_id', [system]);
  return rows as {
    station_id: string;
    p_bike: number | null;
    p_dock: number | null;
    basis: string | null;
    no_forecast_because: string | null;
    skill: number | null;
  }[];
};
const basesOf = async (system: string) =>
  new Set((await forecast(system)).map(({ basis, no_forecast_because }) => basis ?? no_forecast_because));
/** What the table says of a station without a bike: half of the looks see another count. */
const afterNone = async (system: string) =>
  (
    await store.ask(
      "select damped[1] as share from velolog.forecast_model join velolog.system using (system_key) where system_id = $1 and target = 'bike'",
      [system],
    )
  )[0]?.share as number;

test('weeks in which a system was closed teach nothing: its forecasts use the counts while it was open, and have no skill yet', async () => {
  expect(await basesOf('season')).toEqual(new Set(['table']));
  expect(await basesOf('unseen')).toEqual(new Set(['table']));
  expect(await afterNone('season')).toBeGreaterThan(0.2);
  expect(await afterNone('season')).toBeCloseTo(await afterNone('unseen'), 2);
  expect((await forecast('season')).every(({ skill }) => skill === null)).toBe(true);
});

test('a system that is closed now has no forecast, whatever was learned before', async () => {
  expect(await basesOf('shut')).toEqual(new Set(['closed']));
});

test('stations under new ids are forecast from their own observations, and the old ones are absent', async () => {
  const rows = await forecast('renamed');
  expect(rows.filter(({ station_id }) => station_id.startsWith('new-')).map(({ basis }) => basis)).toEqual(
    Array.from({ length: STATIONS }, () => 'table'),
  );
  expect(
    rows
      .filter(({ station_id }) => !station_id.startsWith('new-'))
      .map(({ no_forecast_because }) => no_forecast_because),
  ).toEqual(Array.from({ length: STATIONS }, () => 'absent'));
});

test('stations that were enlarged forty times are forecast, with probabilities', async () => {
  const rows = await forecast('enlarged');
  expect(rows).toHaveLength(STATIONS);
  for (const { p_bike, p_dock, basis } of rows) {
    expect(basis).toMatch(/^(logit|table)$/);
    for (const value of [p_bike, p_dock]) {
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThan(1);
    }
  }
});

test('less than a day has no model: the present state stays', async () => {
  expect(await basesOf('short')).toEqual(new Set(['persistence']));
});

test('a system that is forgotten while it is fitted gets no model, and the others get theirs', async () => {
  await store.ask("update velolog.forecast_model set trained_at = trained_at - interval '2 days'");
  let forgotten = false;
  const fitted = await fitForecasts(store.context.pool, {
    minutesAhead: [20],
    fit: async (history, options) => {
      if (!forgotten) await store.store([store.forgetMessage('season')]);
      forgotten = true;
      return fitInThread(history, options);
    },
  });
  expect(fitted).not.toContain('season');
  expect(fitted).toContain('renamed');
  expect(await forecast('season')).toEqual([]);
});

test('of a large system no more days are read than its frames hold', () => {
  expect(daysHeld(250)).toBeGreaterThan(56);
  expect(daysHeld(2400)).toBeLessThan(15);
});

test('history imported before the polls is learned from', async () => {
  expect(await basesOf('short')).toEqual(new Set(['persistence']));
  for (let second = NOW - 5 * DAY; second < NOW - DAY; second += STEP)
    await store.poll('short', second, openAt(second), { imported: true });
  await fitForecasts(store.context.pool, { minutesAhead: [20] });
  const bases = await basesOf('short');
  expect(bases.has('table') || bases.has('logit')).toBe(true);
});
