import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike } from '../../../../test/history/told-vehicles.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';

/** Two systems, of each of which one feed was imported from a day in June and the other is polled now, and one that was only imported. */
let store: TestStore;
let live: TestLive;
const BOX = 'bbox=10,59,11,60';
const now = () => Math.floor((Date.now() - START) / 1000);

beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
  for (const system_id of ['old_fleet', 'old_docks', 'old_both']) {
    const told = { system_id, second: system_id === 'old_both' ? 0 : now() - 20 };
    const stations = [{ station_id: 'a', name: 'A', lat: 59.9, lon: 10.7 }];
    const feed = 'station_information';
    await store.record({ ...told, feed, imported: system_id === 'old_both', body: { data: { stations } } });
  }
  const stations = [{ station_id: 'a', num_bikes_available: 3, num_docks_available: 4 }];
  const docks = (system_id: string, second: number, imported: boolean) =>
    store.record({
      system_id,
      second,
      imported,
      feed: 'station_status',
      body: { ttl: 60, data: { stations } },
    });
  const bikes = [bike('1'), bike('2', { east: 300 })];
  const fleet = (system_id: string, second: number, imported: boolean) =>
    store.record({
      system_id,
      second,
      imported,
      feed: 'free_bike_status',
      body: { ttl: 60, data: { bikes } },
    });
  await fleet('old_fleet', 0, true);
  await docks('old_fleet', now() - 10, false);
  await docks('old_docks', 0, true);
  await fleet('old_docks', now() - 10, false);
  await docks('old_both', 0, true);
  await fleet('old_both', 0, true);
});
afterAll(async () => {
  await live?.[Symbol.asyncDispose]();
  await store?.[Symbol.asyncDispose]();
});

const systemsOf = async (path: string, of: string) =>
  ((await live.json(path))[of] as { system_id: string; overdue: boolean }[]).map(
    ({ system_id, overdue }) => `${system_id} ${overdue}`,
  );

test.each([
  [`/stations?${BOX}`, 'stations', ['old_fleet false']],
  [`/stations/nearest?lat=59.9&lon=10.7`, 'stations', ['old_fleet false']],
  [`/stations/nearest?lat=59.9&lon=10.7&offers=bike`, 'stations', ['old_fleet false']],
  [`/vehicles?${BOX}`, 'vehicles', ['old_docks false', 'old_docks false']],
  [`/vehicles/nearest?lat=59.9&lon=10.7`, 'vehicles', ['old_docks false', 'old_docks false']],
])(
  '%s lists nothing of an imported feed, whatever other feed of its system is polled',
  async (path, of, listed) => {
    expect(await systemsOf(path, of)).toEqual(listed);
  },
);

test('an import of earlier history gives the list of stations another ETag, because they were first observed earlier', async () => {
  const path = '/systems/early/stations';
  const poll = (second: number) => store.poll('early', second, [{ station_id: 'a' }], { imported: true });
  await poll(600);
  const etag = (await live.get(path)).headers.get('etag') ?? '';
  const again = () => live.get(path, { headers: { 'if-none-match': etag } });
  expect((await again()).status).toBe(304);
  await poll(0);
  expect((await again()).status).toBe(200);
  await store.store([store.forgetMessage('early')]);
});

test('clusters count nothing of an imported feed', async () => {
  expect(await live.json('/vehicles?bbox=10,59,11,60&limit=1')).toMatchObject({ matched: 2 });
});

const TOTALS = [
  'stations',
  'bikes',
  'docks',
  'unknown',
  'overdue',
  'is_archive',
  'vehicles_overdue',
] as const;

test.each(['', '?leave_out_flagged=true'])(
  'the totals of a system are of its polled feeds alone%s',
  async (query) => {
    const totals = async (id: string) => {
      const told = await live.json(`/systems/${id}${query}`);
      const available =
        (told.vehicles as { available: number }[] | null)?.map((one) => one.available) ?? null;
      return { ...Object.fromEntries(TOTALS.map((name) => [name, told[name]])), available };
    };
    const current = { stations: 1, bikes: 3, docks: 4, unknown: 0, overdue: false, is_archive: false };
    const notKnown = { ...current, bikes: null, docks: null, unknown: 1 };
    expect(await totals('old_fleet')).toEqual({ ...current, available: null, vehicles_overdue: null });
    expect(await totals('old_docks')).toEqual({ ...notKnown, available: [2], vehicles_overdue: false });
    // Of a system that nobody polls the last values stay, and is_archive says what they are.
    expect(await totals('old_both')).toMatchObject({ ...current, is_archive: true, available: [2] });
  },
);

test('it was last observed when its polled feed was', async () => {
  const { last_observed_at, vehicles_observed_at } = await live.json('/systems/old_docks');
  expect(last_observed_at).toBe(vehicles_observed_at);
});

test('system_current has no sums of an imported feed, and no age of it', async () => {
  const rows =
    await store.ask(`select system_id, bikes::int, vehicles_available as vehicles, overdue, age_seconds < 600 as is_young,
    stations_are_archive as of_stations, vehicles_are_archive as of_vehicles from api.system_current order by 1`);
  expect(rows).toEqual([
    {
      system_id: 'old_both',
      bikes: 3,
      vehicles: 2,
      overdue: false,
      is_young: null,
      of_stations: true,
      of_vehicles: true,
    },
    {
      system_id: 'old_docks',
      bikes: null,
      vehicles: 2,
      overdue: false,
      is_young: true,
      of_stations: true,
      of_vehicles: false,
    },
    {
      system_id: 'old_fleet',
      bikes: 3,
      vehicles: null,
      overdue: false,
      is_young: true,
      of_stations: false,
      of_vehicles: true,
    },
  ]);
});
