import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTableRows } from './history/table-rows.ts';
import { bike, tellTypes, vehicles } from './history/told-vehicles.ts';
import { type GivenPoll, openTestStore, type TestStore } from './workers/test-store.ts';
import { staysOf, vehiclesNow, vehicleTotals } from './workers/vehicle-answers.ts';

/** Where two rules of vehicles meet, on the real tables. */

const DAY = 86_400;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const current = (system_id: string) => vehiclesNow(store, system_id);
const stays = (system_id: string) => staysOf(store, system_id);
const totals = (system_id: string) => vehicleTotals(store, system_id);

test('304s, failures, an empty list and pauses give the same rows when the worker restarts before each of them', async () => {
  const list = (...bikes: object[]) => ({ body: { data: { bikes } } });
  const unchanged = { outcome: 'unchanged' } as const;
  const failed = { outcome: 'failed', error: 'http_503' } as const;
  const polls: [second: number, more: Partial<GivenPoll>][] = [
    [0, list(bike('1'), bike('2', { east: 300 }))],
    [60, unchanged],
    [120, list(bike('1'))],
    [180, unchanged],
    [240, failed],
    [300, unchanged],
    // Gone for less than 15 minutes, and back.
    [360, list(bike('1'), bike('2', { east: 310 }))],
    [420, list()],
    [480, unchanged],
    // The 304s of an empty list are observations; ids of what left are forgotten at them.
    [1500, unchanged],
    [1560, list(bike('1'))],
    [1560 + 2 * DAY, unchanged],
    [1620 + 2 * DAY, list(bike('1'), bike('3', { east: 600 }))],
  ];
  for (const system_id of ['steady', 'restarted']) {
    for (const [second, more] of polls) {
      if (system_id === 'restarted') store.restart();
      await store.record({ system_id, feed: 'free_bike_status', second, ...more });
    }
  }
  const rows = await readTableRows(store.url);
  const of = (system_id: string) =>
    Object.fromEntries(
      Object.entries(rows).map(([table, lines]) => [
        table,
        lines
          .filter((line) => line.includes(system_id))
          .map((line) => line.replaceAll(system_id, 'city'))
          .sort(),
      ]),
    );
  expect(of('restarted')).toEqual(of('steady'));
  expect(await stays('steady')).toEqual([
    { from_at: 0, to_at: 420, begin_seen: false, end_seen: true },
    { from_at: 0, to_at: 420, begin_seen: false, end_seen: true },
    { from_at: 1560, to_at: 1620 + 2 * DAY, begin_seen: true, end_seen: false },
    { from_at: 1620 + 2 * DAY, to_at: null, begin_seen: false, end_seen: null },
    { from_at: 1620 + 2 * DAY, to_at: null, begin_seen: false, end_seen: null },
  ]);
});

test('a list of which no vehicle can be read is no observation, nor is a 304 of it: its vehicles did not leave', async () => {
  const unreadable = [bike('1'), bike('2')].map(({ lat, lon, ...more }) => ({
    ...more,
    latitude: lat,
    longitude: lon,
  }));
  const poll = (second: number, more: Partial<GivenPoll>) =>
    store.record({ system_id: 'misnamed', feed: 'free_bike_status', second, ...more });
  await poll(0, { body: { data: { bikes: [bike('1'), bike('2', { east: 300 })] } } });
  await poll(60, { body: { data: { bikes: unreadable } } });
  await poll(120, { outcome: 'unchanged' });
  expect((await stays('misnamed')).map(({ to_at }) => to_at)).toEqual([null, null]);
  const coverage = await store.ask(
    `select from_at, to_at, polls, outcome from api.feed_coverage where system_id = 'misnamed' order by from_at`,
  );
  expect(coverage.map(({ polls, outcome }) => [polls, outcome])).toEqual([
    [1, 'observed'],
    [2, 'empty'],
  ]);
  await poll(180, { body: { data: { bikes: [] } } });
  expect((await stays('misnamed')).map(({ to_at, end_seen }) => [to_at, end_seen])).toEqual([
    [180, false],
    [180, false],
  ]);
});

test('a feed that fails for more than a day leaves no id, neither in the table nor to the list that comes then', async () => {
  const ids = () =>
    store.ask(
      `select vehicle_id from velolog.vehicle_listed join velolog.feed using (feed_key) join velolog.system using (system_key)
       where system_id = 'fails'`,
    );
  const fail = (second: number) =>
    store.record({
      system_id: 'fails',
      feed: 'free_bike_status',
      second,
      outcome: 'failed',
      error: 'http_503',
    });
  await vehicles(store, 'fails', 0, [bike('1'), bike('2', { east: 300 })]);
  await fail(60);
  await fail(DAY);
  expect(await ids()).toHaveLength(2);
  for (const second of [DAY + 1, DAY + 60]) {
    await fail(second);
    expect(await ids()).toEqual([]);
    // They stand where they stood when somebody looked last, and are that old.
    expect(await current('fails')).toMatchObject([{ since: 0 }, { since: 0 }]);
    store.restart();
  }
  await vehicles(store, 'fails', DAY + 120, [bike('1')]);
  expect(await ids()).toHaveLength(1);
  expect(await stays('fails')).toEqual([
    { from_at: 0, to_at: DAY + 120, begin_seen: false, end_seen: false },
    { from_at: 0, to_at: DAY + 120, begin_seen: false, end_seen: false },
    { from_at: DAY + 120, to_at: null, begin_seen: false, end_seen: null },
  ]);
});

test('vehicles that are there before their types have none, and have them at once when these come, wherever they are counted', async () => {
  await vehicles(store, 'typeless', 0, [bike('1', { vehicle_type_id: 's' })]);
  expect(await current('typeless')).toMatchObject([{ vehicle_type_id: 's', form_factor: null }]);
  expect(await totals('typeless')).toMatchObject([{ form_factor: null, vehicles: 1 }]);
  await tellTypes(store, 'typeless', 30);
  await store.record({ system_id: 'typeless', feed: 'free_bike_status', second: 60, outcome: 'unchanged' });
  expect(await current('typeless')).toMatchObject([{ form_factor: 'scooter_standing', since: 0 }]);
  expect(await totals('typeless')).toMatchObject([{ form_factor: 'scooter_standing', vehicles: 1 }]);
  expect(await stays('typeless')).toHaveLength(1);
});

test('one at a station that no feed knows is counted at a station and nowhere else, also when the station comes later', async () => {
  const docked = bike('1', { station_id: 'nowhere', lat: undefined, lon: undefined });
  const counted = { vehicles_available: 2, vehicles_at_station: 1, bikes: null };
  const system = () =>
    store.ask(
      `select vehicles_available, vehicles_at_station, bikes from api.system_current where system_id = 'docked'`,
    );
  await vehicles(store, 'docked', 0, [docked, bike('2')]);
  expect(await current('docked')).toMatchObject([
    { station_id: null, lat: 59.9 },
    { station_id: 'nowhere', lat: null },
  ]);
  expect(await totals('docked')).toMatchObject([{ vehicles: 1, docked_vehicles: 1 }]);
  expect(await system()).toEqual([counted]);
  await store.poll('docked', 30, [{ station_id: 'nowhere', num_bikes_available: 1 }]);
  await vehicles(store, 'docked', 60, [docked, bike('2')]);
  expect(await system()).toEqual([{ ...counted, bikes: '1' }]);
  expect(await totals('docked')).toMatchObject([{ vehicles: 1, docked_vehicles: 1 }]);
  expect(await stays('docked')).toHaveLength(2);
});
