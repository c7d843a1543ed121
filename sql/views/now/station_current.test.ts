import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const columns =
  'station_id, state, state_since, observed_at, num_bikes_available, num_docks_available, is_installed, is_archive';
const current = (system: string) =>
  store.ask(`select ${columns} from api.station_current where system_id = $1 order by station_id`, [system]);

const open = { is_installed: true, is_renting: true, is_returning: true };

describe('station_current', () => {
  test('shows each station of the newest list with its state and since when', async () => {
    const at = (second: number, bikes: number, docks: number) =>
      store.poll('state', second, [
        { station_id: '1', num_bikes_available: bikes, num_docks_available: docks, ...open },
      ]);
    const seen = [];
    for (const [second, bikes, docks] of [
      [0, 5, 5],
      [30, 4, 6],
      [60, 0, 10],
      [90, 0, 9],
      [120, 10, 0],
    ] as const) {
      await at(second, bikes, docks);
      const [row] = await current('state');
      seen.push(`${row?.state} since ${row?.state_since} seen ${row?.observed_at}`);
    }
    expect(seen).toEqual([
      'ok since 0 seen 0',
      'ok since 0 seen 30',
      'empty since 60 seen 60',
      'empty since 60 seen 90',
      'full since 120 seen 120',
    ]);
  });

  test('a station that does not rent is empty, one that takes none back full, one that does neither closed', async () => {
    const station = (station_id: string, flags: object) => ({
      station_id,
      num_bikes_available: 3,
      num_docks_available: 3,
      ...open,
      ...flags,
    });
    await store.poll('flags', 0, [
      station('a rents not', { is_renting: false }),
      station('b takes none', { is_returning: 0 }),
      station('c neither', { is_renting: false, is_returning: false }),
      station('d not installed', { is_installed: 0 }),
      station('e says nothing', { is_installed: null, is_renting: undefined, is_returning: undefined }),
    ]);
    expect((await current('flags')).map((row) => row.state)).toEqual([
      'empty',
      'full',
      'closed',
      'closed',
      'ok',
    ]);
  });

  test('a station without counts is unknown, a single count decides, and unknown values stay null', async () => {
    await store.poll('unknown', 0, [
      { station_id: '1', ...open },
      { station_id: '2', num_bikes_available: 0, ...open },
      { station_id: '3', num_bikes_available: 4, ...open },
      { station_id: '4', num_docks_available: 4, ...open },
      { station_id: '5', num_docks_available: 0, ...open },
      { station_id: '6', num_bikes_available: -1, num_docks_available: 'many', ...open },
      { station_id: '7' },
      { station_id: '8', ...open, is_installed: false },
      { station_id: '9', ...open, is_renting: false },
    ]);
    expect(await current('unknown')).toMatchObject([
      { state: 'unknown', num_bikes_available: null, num_docks_available: null },
      { state: 'empty', num_bikes_available: 0, num_docks_available: null },
      { state: 'ok', num_docks_available: null },
      { state: 'ok', num_bikes_available: null },
      { state: 'full', num_bikes_available: null },
      { state: 'unknown', num_bikes_available: null, num_docks_available: null },
      { state: 'unknown', is_installed: null },
      { state: 'closed', num_bikes_available: null },
      { state: 'empty', num_bikes_available: null },
    ]);
  });

  test('counts that were known and then are not make a station unknown, since that poll, until one is known again', async () => {
    const at = (second: number, counts: object) =>
      store.poll('lost', second, [{ station_id: '1', ...open, ...counts }]);
    await at(0, { num_bikes_available: 5, num_docks_available: 5 });
    await at(30, {});
    await at(60, { num_bikes_disabled: 1 });
    expect(await current('lost')).toMatchObject([
      { state: 'unknown', state_since: 30, num_bikes_available: null },
    ]);
    await at(90, { num_docks_available: 3 });
    expect(await current('lost')).toMatchObject([{ state: 'ok', state_since: 90 }]);
  });

  test('the last values of imported history are those of an archive, until the system is polled', async () => {
    const one = { station_id: '1', num_bikes_available: 5, ...open };
    await store.poll('archive', 0, [one], { imported: true });
    expect(await current('archive')).toMatchObject([{ state: 'ok', observed_at: 0, is_archive: true }]);
    await store.record({ system_id: 'archive', second: 60, outcome: 'failed', error: 'http_500' });
    expect(await current('archive')).toMatchObject([{ is_archive: false }]);
  });

  test('a station missing from a non-empty list is absent, with its last known values, until it is back', async () => {
    const one = { station_id: '1', num_bikes_available: 5, ...open };
    const two = { station_id: '2', num_bikes_available: 7, ...open };
    await store.poll('absent', 0, [one, two]);
    await store.poll('absent', 30, [one]);
    await store.poll('absent', 60, [one]);
    expect(await current('absent')).toMatchObject([
      { station_id: '1', state: 'ok', observed_at: 60 },
      { station_id: '2', state: 'absent', state_since: 30, observed_at: 0, num_bikes_available: 7 },
    ]);
    await store.poll('absent', 90, []);
    expect((await current('absent')).map((row) => row.state)).toEqual(['ok', 'absent']);
    await store.poll('absent', 120, [one, two]);
    expect(await current('absent')).toMatchObject([
      { station_id: '1', state: 'ok', state_since: 0 },
      { station_id: '2', state: 'ok', state_since: 120, observed_at: 120 },
    ]);
  });

  test('"not modified" confirms the values, a failed poll does not', async () => {
    await store.poll('confirmed', 0, [{ station_id: '1', num_bikes_available: 5, ...open }]);
    await store.record({ system_id: 'confirmed', second: 30, outcome: 'unchanged' });
    await store.record({ system_id: 'confirmed', second: 60, outcome: 'failed', error: 'http_500' });
    expect(await current('confirmed')).toMatchObject([{ observed_at: 30, state_since: 0 }]);
  });

  test('age_seconds is the age of the observation by the clock of the database', async () => {
    await store.poll('age', 0, [{ station_id: '1', num_bikes_available: 5, ...open }]);
    const [row] = await store.ask(
      `select age_seconds - extract(epoch from now() - observed_at)::float8 as error from api.station_current where system_id = 'age'`,
    );
    expect(row?.error).toBeCloseTo(0, 3);
  });

  test('history imported before the first observation leaves the present alone, absences included', async () => {
    const one = { station_id: '1', num_bikes_available: 5, ...open };
    await store.poll('history', 1000, [one]);
    await store.poll(
      'history',
      0,
      [
        { ...one, num_bikes_available: 0 },
        { ...one, station_id: 'gone' },
      ],
      { imported: true },
    );
    await store.poll('history', 30, [{ ...one, station_id: 'gone' }], { imported: true });
    expect(await current('history')).toMatchObject([
      { station_id: '1', state: 'ok', observed_at: 1000, state_since: 1000 },
    ]);
  });
});

test('e-bikes are what the feed counts, else the sum of the types that are e-bikes, else null; the region has its name', async () => {
  await store.record({
    system_id: 'electric',
    feed: 'vehicle_types',
    second: 0,
    body: {
      data: {
        vehicle_types: [
          { vehicle_type_id: 'e', form_factor: 'bicycle', propulsion_type: 'electric_assist' },
          { vehicle_type_id: 'h', form_factor: 'bicycle', propulsion_type: 'human' },
        ],
      },
    },
  });
  const types = (counts: Record<string, number>) => ({
    vehicle_types_available: Object.entries(counts).map(([vehicle_type_id, count]) => ({
      vehicle_type_id,
      count,
    })),
  });
  const told: [station_id: string, told: object, ebikes: number | null][] = [
    ['1', {}, null],
    ['2', { num_ebikes_available: 3 }, 3],
    ['3', types({ e: 2, h: 1 }), 2],
    ['4', types({ h: 1 }), 0],
    ['5', types({ e: 2, nobody_knows: 1 }), null],
    ['6', { num_bikes_available_types: { mechanical: 2, ebike: 4 } }, 4],
    ['7', { num_bikes_available_types: [{ mechanical: 2 }, { ebike: 5 }] }, 5],
    ['8', { ...types({ e: 2 }), num_ebikes_available: 1 }, 1],
  ];
  await store.poll(
    'electric',
    0,
    told.map(([station_id, more]) => ({ station_id, num_bikes_available: 9, ...more })),
  );
  await store.record({
    system_id: 'electric',
    feed: 'station_information',
    second: 0,
    body: {
      data: {
        stations: [
          { station_id: '1', region_id: 'r' },
          { station_id: '2', region_id: 'unnamed' },
        ],
      },
    },
  });
  await store.record({
    system_id: 'electric',
    feed: 'system_regions',
    second: 0,
    body: { data: { regions: [{ region_id: 'r', name: 'North' }] } },
  });
  const expected = told.map(([station_id, , ebikes]) => ({ station_id, ebikes }));
  expect(
    await store.ask(
      `select station_id, num_ebikes_available as ebikes from api.station_current where system_id = 'electric' order by station_id`,
    ),
  ).toEqual(expected);
  expect(
    await store.ask(
      `select station_id, num_ebikes_available as ebikes from api.station_at('2026-06-15 12:00Z', 'electric') order by station_id`,
    ),
  ).toEqual(expected);
  expect(
    await store.ask(
      `select region from api.station_current where system_id = 'electric' and station_id < '4' order by station_id`,
    ),
  ).toEqual([{ region: 'North' }, { region: 'unnamed' }, { region: null }]);
});
