import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, tellTypes } from '../../test/history/told-vehicles.ts';
import { openTestStore, START, type TestStore } from '../../test/workers/test-store.ts';
import { BAD } from '../src/colours.ts';
import type { SqlQuery } from '../src/questions/sql-query.ts';
import { askPanel, dashboards, rowsOf, secondOf } from './ask-panel.ts';
import { connect } from './run-query.ts';

/** What panels of a fleet show for past time, an empty list, and unobserved time. */
const HOUR = 3600;
const now = Math.floor((Date.now() - START) / 1000);
const start = now - 4 * HOUR;

let store: TestStore;
let reader: pg.Client;

beforeAll(async () => {
  store = await openTestStore();
  reader = await connect(store.readerUrl);
  await tellTypes(store, 'fleet', start);
  // Two, then one of them and an empty list for half an hour, then no poll at all.
  const list = (second: number) => {
    const two = [bike('1', { vehicle_type_id: 's' }), bike('2', { vehicle_type_id: 'e', east: 600 })];
    return second < start + HOUR ? two : second < start + 2 * HOUR ? two.slice(0, 1) : [];
  };
  const polls = Array.from({ length: 151 }, (_, minute) => start + minute * 60);
  await store.store(
    polls.map((second) =>
      store.message({
        system_id: 'fleet',
        second,
        feed: 'free_bike_status',
        body: { data: { bikes: list(second) } },
      }),
    ),
  );
});

afterAll(async () => {
  await reader.end();
  await store[Symbol.asyncDispose]();
});

const ofFleet = (title: string, until: number) =>
  askPanel(reader, ['fleet.json', title], [start, until], { system: 'fleet' });

test('tiles, maps and distributions show those that stood there at the end of the time on screen', async () => {
  expect(await ofFleet('Vehicles', start + HOUR - 60)).toEqual([{ Vehicles: 2 }]);
  expect(await ofFleet('Vehicles', start + 2 * HOUR - 60)).toEqual([{ Vehicles: 1 }]);
  const [vehicle, ...others] = await ofFleet('Vehicles at the end of this time', start + 2 * HOUR - 60);
  expect(others).toEqual([]);
  expect(vehicle).toMatchObject({ Vehicle: 'scooter standing', Status: 0, 'Parked for': 2 * HOUR - 60 });
  const idle = await ofFleet('How long vehicles to rent have stood', start + 2 * HOUR - 60);
  expect(idle.filter(({ Vehicles }) => Number(Vehicles) > 0)).toEqual([
    { 'Parked for': '1 to 6 h', Vehicles: 1 },
  ]);
});

test('an empty list is 0 and an unobserved time is not known, in tiles, maps, distributions and lines', async () => {
  expect(await ofFleet('Vehicles', start + 2 * HOUR + 600)).toEqual([{ Vehicles: 0 }]);
  for (const title of ['Vehicles', 'To rent', 'Disabled', 'At stations', 'Low range now'])
    expect(Object.values((await ofFleet(title, now))[0] ?? {}), title).toEqual([null]);
  for (const title of [
    'Vehicles at the end of this time',
    'Colours, and how many vehicles',
    'How long vehicles to rent have stood',
    'Range of vehicles to rent now',
  ])
    expect(await ofFleet(title, now), title).toEqual([]);
  const [{ Age, color } = {}] = await ofFleet('Age of the data', now);
  expect(Number(Age)).toBeCloseTo(1.5 * HOUR, -1);
  expect(color).toBe(BAD);
  const states = await ofFleet('Vehicles by state', now);
  const at = (minutes: number) =>
    states.find(({ time }) => secondOf(time) >= start + minutes * 60)?.['To rent'];
  expect([at(30), at(90), at(130), at(200)]).toEqual([2, 1, 0, null]);
  const kinds = await ofFleet('Vehicles by form factor', now);
  expect(kinds.every(({ Mopeds }) => Mopeds === null)).toBe(true);
  expect(kinds.find(({ time }) => secondOf(time) >= start + 130 * 60)).toMatchObject({
    Scooters: 0,
    Bicycles: 0,
  });
});

test.each([
  ['reports a low range', [bike('1', { current_range_meters: 900 }), bike('2')], 1],
  ['reports no range', [bike('1'), bike('2', { current_range_meters: 900, is_reserved: true })], -1],
  ['has no vehicle', [], -2],
])('a fleet that %s differs from one that was not observed', async (system_id, bikes, expected) => {
  // By the clock of this moment, since the panel asks for now(): on a slow machine the others were polled minutes ago.
  const moment = Math.floor((Date.now() - START) / 1000);
  const polls = [moment - 30, moment].map((second) =>
    store.message({ system_id, second, feed: 'free_bike_status', body: { data: { bikes } } }),
  );
  await store.store(polls);
  expect(
    await askPanel(reader, ['fleet.json', 'Low range now'], [now - 24 * HOUR, now], { system: system_id }),
  ).toEqual([{ 'Low range': expected }]);
});

test('time without observation is marked, and an empty list is none', async () => {
  const annotations = dashboards.find(({ file }) => file === 'fleet.json')?.dashboard.annotations.list;
  const rows = await rowsOf(reader, annotations?.[0]?.target as unknown as SqlQuery, [start, now], {
    system: 'fleet',
  });
  expect(rows.map(({ time, timeend }) => [secondOf(time), Math.min(secondOf(timeend), now)])).toEqual([
    [start + 2.5 * HOUR, now],
  ]);
  const codes = await ofFleet('How the list was observed', now);
  expect(codes.map(({ time, code }) => [secondOf(time), code])).toEqual([
    [start, 1],
    [start + 2.5 * HOUR, 0],
  ]);
});
