import { expect, test } from 'vitest';
import type { PlacedStation, PlacedVehicle } from '../../../src/api/place.ts';
import type { System } from '../../../src/api/system.ts';
import { givenStation } from '../test-station.ts';
import { countCountries, ofCountry, reachOf } from './country.ts';
import { countOperators, drawnStation, ofOperators, placeTotals } from './placed.ts';
import { searchWorld, type Town } from './search-world.ts';
import { shareOf, standingOf, worldTotals } from './system-place.ts';
import { isInView, questionOf } from './view-box.ts';

const given = (system_id: string, more: Partial<System> = {}): System => ({
  system_id,
  name: null,
  operator: null,
  timezone: null,
  country: null,
  url: null,
  license_url: null,
  simulated: false,
  stations: 10,
  bikes: 30,
  docks: 70,
  ebikes: null,
  empty: 0,
  full: 0,
  closed: 0,
  unknown: 0,
  vehicles: null,
  vehicles_observed_at: null,
  vehicles_overdue: null,
  first_observed_at: '2026-06-15T12:00:00.000Z',
  last_observed_at: '2026-06-15T12:00:00.000Z',
  age_seconds: 10,
  overdue: false,
  is_archive: false,
  stations_are_archive: false,
  vehicles_are_archive: false,
  bounds: [10, 59, 11, 60],
  ...more,
});

const LATE = { overdue: true };
const ARCHIVE = { is_archive: true, overdue: false };
const UNSEEN = { overdue: null, last_observed_at: null };

test('only a system that is on time says how full it is, and is counted', () => {
  expect(shareOf(given('a'))).toBe(0.3);
  for (const more of [LATE, ARCHIVE, UNSEEN]) expect(shareOf(given('a', more))).toBeNull();
  expect([LATE, ARCHIVE, UNSEEN, {}].map((more) => standingOf(given('a', more)))).toEqual([
    'late',
    'archive',
    'unseen',
    'current',
  ]);
  const totals = worldTotals([given('a'), given('b', LATE), given('c', ARCHIVE), given('d', UNSEEN)]);
  expect(totals).toEqual({
    systems: 4,
    current: 1,
    late: 1,
    archives: 1,
    unseen: 1,
    stations: 10,
    bikes: 30,
    vehicles: 0,
  });
});

test('what no system tells is not known, and late vehicles are not counted', () => {
  const mute = given('a', { bikes: null, docks: null });
  expect(worldTotals([mute]).bikes).toBeNull();
  expect(worldTotals([mute, given('b')]).bikes).toBe(30);
  for (const more of [{ bikes: null }, { docks: null }]) expect(shareOf(given('a', more))).toBeNull();
  const parked = { form_factor: null, available: 3, reserved: 0, disabled: 0, docked: 0 };
  const ofFleet = (vehicles_overdue: boolean) =>
    worldTotals([given('a', { vehicles: [parked], vehicles_overdue })]).vehicles;
  expect([ofFleet(false), ofFleet(true)]).toEqual([3, 0]);
});

test('imported stations of a system whose vehicles are polled are not counted as the present', () => {
  const parked = { form_factor: null, available: 3, reserved: 0, disabled: 0, docked: 0 };
  const mixed = given('a', {
    ...{ stations_are_archive: true, bikes: null, docks: null, unknown: 10 },
    ...{ vehicles: [parked], vehicles_overdue: false },
  });
  expect(worldTotals([mixed])).toMatchObject({ current: 1, stations: 0, bikes: null, vehicles: 3 });
});

const TOWNS: Town[] = [
  ['Oslo', 'NO', 59.91, 10.75],
  ['Osnabrück', 'DE', 52.27, 8.05],
];

test('systems are found by name, operator and country, however they are spelled, and towns by how they begin', () => {
  const systems = [
    given('small', { name: 'Tromsø Bysykkel', country: 'NO', stations: 2 }),
    given('big', { name: 'Oslo Bysykkel', country: 'NO', operator: 'UIP' }),
    given('other', { name: 'Vélib', country: 'FR' }),
  ];
  const found = (query: string) => searchWorld(query, systems, TOWNS).map(({ text }) => text);
  expect(found('bysykkel')).toEqual(['Oslo Bysykkel', 'Tromsø Bysykkel']);
  expect(found('tromso')).toEqual(['Tromsø Bysykkel']);
  expect(found('france')).toEqual(['France', 'Vélib']);
  expect(found('no')[0]).toBe('Norway');
  expect(searchWorld('norw', systems, TOWNS)[0]).toMatchObject({
    kind: 'country',
    note: 'country · 2 systems',
  });
  expect(found('oslo norway')).toEqual(['Oslo Bysykkel', 'Oslo']);
  expect(found('osnabruck')).toEqual(['Osnabrück']);
  expect(found('  ')).toEqual([]);
});

test('a country is chosen among those that systems are known to be in, and shows these alone', () => {
  const systems = [
    given('a', { country: 'NO', bounds: [10, 59, 11, 60] }),
    given('b', { country: 'NO', bounds: [5, 60, 5.5, 60.5] }),
    given('c', { country: 'FR' }),
    given('d'),
  ];
  expect(countCountries(systems).map(({ name, systems }) => `${name} ${systems}`)).toEqual([
    'France 1',
    'Norway 2',
  ]);
  const norway = ofCountry(systems, 'NO');
  expect(norway.map(({ system_id }) => system_id)).toEqual(['a', 'b']);
  expect(reachOf(norway)).toEqual([5.25, 59.5, 10.5, 60.25]);
  expect(ofCountry(systems, null)).toHaveLength(4);
  expect(reachOf(ofCountry(systems, 'SE'))).toBeNull();
});

test.each([
  ['a city', { west: 10.6, south: 59.85, east: 10.9, north: 59.97 }, '10.5625,59.8125,10.9375,60'],
  ['nearly the same', { west: 10.61, south: 59.86, east: 10.91, north: 59.98 }, '10.5625,59.8125,10.9375,60'],
  ['the world and more', { west: -200, south: -85, east: 200, north: 85 }, '-180,-90,180,90'],
  ['over the antimeridian', { west: 179, south: -18, east: 181, north: -16 }, '179,-18,181,-16'],
  ['over a pole', { west: 0, south: 80, east: 40, north: 90 }, '0,80,40,90'],
])('a view of %s asks for a box around it', (_, view, question) => {
  expect(questionOf(view)).toBe(question);
});

test('systems beyond the antimeridian are in view from both sides of it', () => {
  expect(isInView({ west: 170, south: -20, east: 190, north: -10 }, { lat: -17, lon: -179 })).toBe(true);
  expect(isInView({ west: -190, south: -20, east: -170, north: -10 }, { lat: -17, lon: 179 })).toBe(true);
  expect(isInView({ west: 170, south: -20, east: 190, north: -10 }, { lat: -17, lon: 10 })).toBe(false);
});

const station = (system_id: string, more: Partial<PlacedStation> = {}): PlacedStation => ({
  ...(givenStation({ station_id: '1', num_bikes_available: 4, num_docks_available: 6 }) as PlacedStation),
  system_id,
  overdue: false,
  ...more,
});
const vehicle = (system_id: string, more: Partial<PlacedVehicle> = {}): PlacedVehicle => ({
  system_id,
  overdue: false,
  vehicle_type_id: null,
  form_factor: null,
  propulsion_type: null,
  lat: 59.9,
  lon: 10.7,
  station_id: null,
  state: 'available',
  range_meters: null,
  since: '2026-06-15T12:00:00.000Z',
  since_seen: true,
  ...more,
});

test('late systems add to no total and are drawn as not observed', () => {
  const late = station('b', { overdue: true });
  const stations = [station('a'), late, station('c', { state: 'absent' })];
  const vehicles = [vehicle('a'), vehicle('b', { overdue: true }), vehicle('a', { station_id: '1' })];
  expect(placeTotals(stations, vehicles)).toEqual({ bikes: 4, docks: 6, vehicles: 1, late: 1 });
  expect(drawnStation(late)).toMatchObject({ state: 'unobserved', num_bikes_available: null });
  expect(placeTotals([late], [])).toMatchObject({ bikes: null, docks: null });
});

test('equal ids of two systems are two stations; operators are counted without absent stations, and filtered', () => {
  expect(drawnStation(station('a')).station_id).not.toBe(drawnStation(station('b')).station_id);
  const stations = [station('a'), station('b', { state: 'absent' })];
  expect(countOperators(stations, [vehicle('v'), vehicle('v', { station_id: '1' })])).toEqual([
    { system_id: 'a', stations: 1, vehicles: 0 },
    { system_id: 'v', stations: 0, vehicles: 1 },
  ]);
  expect(ofOperators(stations, ['b'])).toEqual([stations[1]]);
  expect(ofOperators(stations, [])).toEqual(stations);
});
