import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Vehicle } from '../../../src/api/vehicle.ts';
import type { VehicleReplay } from '../../../src/api/vehicle-replay.ts';
import { holdingAt, keyOf } from './alert.ts';
import { filterVehicles, isLow, kindOf, nameOfVehicle, vehicleTotalsOf } from './vehicle.ts';
import { applyEvent } from './vehicle-event.ts';
import { vehiclesAt, vehiclesOverTime } from './vehicle-replay.ts';
import { sortVehicles } from './vehicle-sort.ts';

const given = (more: Partial<Vehicle> = {}): Vehicle => ({
  vehicle_type_id: 's',
  form_factor: 'scooter_standing',
  propulsion_type: 'electric',
  lat: 59.9,
  lon: 10.7,
  station_id: null,
  state: 'available',
  range_meters: 20_000,
  since: '2026-06-15T12:00:00.000Z',
  since_seen: true,
  ...more,
});

test.each([
  ['scooter', 'electric', 'scooter', 'E-scooter'],
  ['scooter_seated', null, 'scooter', 'Scooter'],
  ['bicycle', 'human', 'bike', 'Bike'],
  ['bicycle', null, 'bike', 'Bike'],
  ['bicycle', 'electric_assist', 'ebike', 'E-bike'],
  ['cargo_bicycle', 'electric_assist', 'cargo_bike', 'Cargo bike'],
  ['hovercraft', null, 'other', 'Other'],
  [null, null, 'unknown', 'Vehicle'],
])('%s driven by %s is of the kind %s and called %s', (form_factor, propulsion_type, kind, name) => {
  expect(kindOf({ form_factor, propulsion_type })).toBe(kind);
  expect(nameOfVehicle({ form_factor, propulsion_type })).toBe(name);
});

test('totals leave out vehicles at a station, and a missing range is not low', () => {
  expect(isLow(given({ range_meters: null }))).toBe(false);
  const totals = vehicleTotalsOf([
    given(),
    given({ range_meters: 0 }),
    given({ range_meters: 0, state: 'reserved' }),
    given({ station_id: 'dock' }),
  ]);
  expect(totals).toMatchObject({ available: 2, reserved: 1, disabled: 0, low: 1 });
  expect([...totals.kinds]).toEqual([['scooter', 3]]);
});

test('no chip means every kind', () => {
  const fleet = [given(), given({ form_factor: 'bicycle', propulsion_type: 'human' })];
  expect(filterVehicles(fleet, [])).toEqual(fleet);
  expect(filterVehicles(fleet, ['bike'])).toEqual([fleet[1]]);
});

const anyVehicle = fc.record({ lat: fc.integer({ min: 0, max: 3 }), at: fc.integer({ min: 0, max: 2 }) });
const rowsOf = (list: { lat: number; at: number }[]) =>
  list.map(({ lat, at }) => given({ lat, since: `2026-06-15T12:00:0${at}.000Z` }));
const texts = (list: readonly Vehicle[]) => list.map((row) => JSON.stringify(row)).sort();

test('an event leads from any list to any other, also where rows are equal', () => {
  fc.assert(
    fc.property(fc.array(anyVehicle), fc.array(anyVehicle), fc.array(anyVehicle), (kept, gone, come) => {
      const before = rowsOf([...kept, ...gone]);
      const after = applyEvent(before, { vanished: rowsOf(gone), appeared: rowsOf(come) });
      expect(texts(after ?? [])).toEqual(texts(rowsOf([...kept, ...come])));
    }),
  );
});

test('an event about another list is refused', () => {
  expect(applyEvent([given()], { vanished: [given({ lat: 1 })], appeared: [] })).toBeNull();
  expect(applyEvent([given()], { vanished: [given(), given()], appeared: [] })).toBeNull();
});

const replay: VehicleReplay = {
  system_id: 'a',
  from: '2026-06-15T12:00:00.000Z',
  to: '2026-06-15T13:00:00.000Z',
  kinds: [['scooter', 'electric']],
  states: ['available', 'reserved', 'disabled'],
  stays: [
    [59.9, 10.7, 0, 0, -60, 600],
    [59.8, 10.7, 0, 1, 300, null],
  ],
  gaps: [{ from_at: '2026-06-15T12:20:00.000Z', to_at: '2026-06-15T12:40:00.000Z' }],
};
const minute = (minutes: number) => Date.parse(replay.from) + 60_000 * minutes;

test('at a past time the vehicles are those whose stay had begun and not ended, and unobserved time has none', () => {
  expect(vehiclesAt(replay, minute(0))).toMatchObject([{ lat: 59.9, form_factor: 'scooter' }]);
  expect(vehiclesAt(replay, minute(5))).toHaveLength(2);
  expect(vehiclesAt(replay, minute(10))).toMatchObject([
    { lat: 59.8, state: 'reserved', range_meters: null },
  ]);
  expect(vehiclesAt(replay, minute(30))).toBeNull();
  expect(vehiclesAt(replay, minute(61))).toBeNull();
});

test('the line under the slider is their number, with a hole for unobserved time', () => {
  expect(vehiclesOverTime(replay, 12)).toEqual([2, 1, 1, 1, null, null, null, 1, 1, 1, 1, 1]);
});

test('unknown values sort last in both directions', () => {
  const fleet = [given({ range_meters: null }), given({ range_meters: 1000 }), given({ range_meters: 9000 })];
  const ranges = (descending: boolean) =>
    sortVehicles(fleet, { column: 'range', descending }).map(({ range_meters }) => range_meters);
  expect(ranges(false)).toEqual([1000, 9000, null]);
  expect(ranges(true)).toEqual([9000, 1000, null]);
});

const givenAlert = (alert_id: string, times: { start: string | null; end: string | null }[] = []) => ({
  alert_id,
  type: null,
  summary: null,
  description: null,
  url: null,
  times,
  station_ids: null,
  region_ids: null,
  valid_from: replay.from,
});

test('an announcement is valid during its times, and without any for as long as it is listed', () => {
  const alerts = [
    givenAlert('always'),
    givenAlert('later', [{ start: replay.to, end: null }]),
    givenAlert('now', [{ start: null, end: replay.to }]),
  ];
  expect(holdingAt(alerts, minute(30)).map(({ alert_id }) => alert_id)).toEqual(['always', 'now']);
  expect(holdingAt(alerts, minute(60)).map(({ alert_id }) => alert_id)).toEqual(['always', 'later']);
});

test('an announcement that was closed is another one when it says something else, begins again, or is of another system', () => {
  const closed = givenAlert('1', [{ start: replay.from, end: null }]);
  const key = keyOf('city', closed);
  // What the document says beside it, or a later end, is no news of it.
  expect(keyOf('city', { ...closed, valid_from: replay.to })).toBe(key);
  expect(keyOf('city', { ...closed, times: [{ start: replay.from, end: replay.to }] })).toBe(key);
  const others = [
    keyOf('other city', closed),
    keyOf('city', { ...closed, summary: 'Closed' }),
    keyOf('city', { ...closed, description: 'Until Friday' }),
    keyOf('city', { ...closed, station_ids: ['1'] }),
    keyOf('city', { ...closed, times: [{ start: replay.to, end: null }] }),
  ];
  expect(new Set([key, ...others]).size).toBe(others.length + 1);
});
