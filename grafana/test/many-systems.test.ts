import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, START, type TestStore } from '../../test/workers/test-store.ts';
import { askPanel } from './ask-panel.ts';
import { connect } from './run-query.ts';

/** More than the overview draws by their stations: what each of them shows is known. */
const HOUR = 3600;
const now = Math.floor((Date.now() - START) / 1000);
const KINDS = ['No bikes', 'Few bikes', 'Some of both', 'Few docks', 'No docks', 'Not known', 'Closed'];
const COUNTS: Record<string, object> = {
  'No bikes': { num_bikes_available: 0, num_docks_available: 8 },
  'Few bikes': { num_bikes_available: 1, num_docks_available: 7 },
  'Some of both': { num_bikes_available: 4, num_docks_available: 4 },
  'Few docks': { num_bikes_available: 7, num_docks_available: 1 },
  'No docks': { num_bikes_available: 8, num_docks_available: 0 },
  'Not known': {},
  Closed: { num_bikes_available: 4, num_docks_available: 4, is_installed: false },
};

let store: TestStore;
let reader: pg.Client;

beforeAll(async () => {
  store = await openTestStore();
  for (let system = 0; system < 21; system++) {
    const system_id = `system-${system}`;
    const stations = ['1', '2'].map((station_id) => ({ station_id, lat: system, lon: 10, name: station_id }));
    const kindAt = (second: number) => KINDS[(system + (second > now - HOUR ? 1 : 0)) % KINDS.length] ?? '';
    await store.store([
      store.message({
        system_id,
        feed: 'station_information',
        second: now - 2 * HOUR,
        body: { data: { stations } },
      }),
      ...Array.from({ length: 121 }, (_, index) => now - (120 - index) * 60)
        // One was not answered for the last half hour.
        .filter((second) => system > 0 || second < now - HOUR / 2)
        .map((second) =>
          store.message({
            system_id,
            second,
            body: {
              data: {
                stations: stations.map(({ station_id }) => ({ station_id, ...COUNTS[kindAt(second)] })),
              },
            },
          }),
        ),
    ]);
  }
  reader = await connect(store.readerUrl);
});
afterAll(async () => {
  await reader.end();
  await store[Symbol.asyncDispose]();
});

const ask = (title: string, window: [number, number]) =>
  askPanel(reader, ['overview.json', title], window, {});
const PRESENT: [number, number] = [now - 6 * HOUR, now];
const BEFORE: [number, number] = [now - 2 * HOUR, now - 1.5 * HOUR];

test('more than 20 systems are a point each, in the colour of their bikes and docks, and a late one is not observed', async () => {
  const points = await ask('Bikes and docks at the end of this time', PRESENT);
  expect(points).toHaveLength(21);
  expect(points.find(({ system_id }) => system_id === 'system-0')).toMatchObject({
    Bikes: null,
    Docks: null,
  });
  expect(points.find(({ system_id }) => system_id === 'system-1')).toMatchObject({
    'Station or system': 'system-1',
    station_id: null,
    dashboard: 'velolog-system',
    Bikes: 8,
    Docks: 8,
    lat: 1,
    lon: 10,
  });
  expect(await ask('Colours, and how many are drawn', PRESENT)).toMatchObject([
    { 'No bikes': 3, 'Few bikes': 2, 'Some of both': 3, Closed: 3, 'Not known': 3, 'Not observed': 1 },
  ]);
});

test('at a past time they show, and the tiles count, what was so then', async () => {
  expect(await ask('Colours, and how many are drawn', BEFORE)).toEqual([
    { ...Object.fromEntries(KINDS.map((kind) => [kind, 3])), 'Not listed': 0, 'Not observed': 0 },
  ]);
  expect(await ask('Stations', BEFORE)).toEqual([{ Stations: 42 }]);
  expect(await ask('Bikes to rent', BEFORE)).toEqual([{ Bikes: 3 * 2 * (0 + 1 + 4 + 7 + 8 + 4) }]);
  expect(await ask('Without bikes', BEFORE)).toEqual([{ 'Without bikes': 6 / 30 }]);
});
