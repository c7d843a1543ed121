import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bike } from '../../../../test/history/told-vehicles.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import { nearestStations, nearestVehicles, placedStations, placedVehicles } from '../api/place.ts';
import { problem } from '../api/problem.ts';
import { now, type Place, tellPlaces } from './test-places.ts';

let store: TestStore;
let live: TestLive;

const OSLO = '10.7,59.9,10.8,59.95';

beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl, { corsOrigins: ['*'] });
  const oslo: Place[] = [
    ['square', 59.91, 10.75],
    ['park', 59.912, 10.751],
    ['mute', 59.913, 10.751],
    ['gone', 59.91, 10.7501],
  ];
  await tellPlaces(
    store,
    'oslo',
    oslo,
    { square: 5, park: 0, mute: null, gone: 7, nowhere: 3 },
    { second: now() - 30 },
  );
  await store.poll('oslo', now(), [
    { station_id: 'square', num_bikes_available: 5, num_docks_available: 5 },
    { station_id: 'park', num_bikes_available: 0, num_docks_available: 10 },
    { station_id: 'mute' },
    { station_id: 'nowhere', num_bikes_available: 3, num_docks_available: 3 },
  ]);
  await tellPlaces(store, 'late', [['old', 59.911, 10.7502]], { old: 9 }, { second: 0 });
  await tellPlaces(store, 'archive', [['kept', 59.911, 10.7503]], { kept: 9 }, { second: 0, imported: true });
  await tellPlaces(
    store,
    'fiji',
    [
      ['east', -17, 179.99],
      ['west', -17, -179.99],
    ],
    { east: 2, west: 3 },
  );
  const fleet = (system_id: string, second: number) =>
    store.record({
      system_id,
      feed: 'free_bike_status',
      second,
      body: {
        ttl: 60,
        data: { bikes: [bike('1'), bike('2', { east: 300 }), bike('3', { east: 600, is_reserved: true })] },
      },
    });
  await fleet('scooters', now());
  await fleet('lost', 0);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const stationsIn = async (query: string) => placedStations.parse(await live.json(`/stations?${query}`));
const vehiclesIn = async (query: string) => placedVehicles.parse(await live.json(`/vehicles?${query}`));
const named = (rows: { system_id: string; station_id: string }[]) =>
  rows.map(({ system_id, station_id }) => `${system_id}/${station_id}`);

describe('places in a box', () => {
  test('is the stations of all its systems, each with whether its data is late; those without a place and archives are in none', async () => {
    const found = await stationsIn(`bbox=${OSLO}`);
    expect(named(found.stations)).toEqual(['late/old', 'oslo/gone', 'oslo/mute', 'oslo/park', 'oslo/square']);
    expect(found.stations.map(({ state, overdue }) => [state, overdue])).toEqual([
      ['ok', true],
      ['absent', false],
      ['unknown', false],
      ['empty', false],
      ['ok', false],
    ]);
    expect(found).toMatchObject({ matched: 5, limit_reached: false, clusters: [], clusters_of: null });
    expect(found.systems.map(({ system_id, overdue }) => [system_id, overdue])).toEqual(
      [
        ['late', true],
        ['oslo', false],
        ['scooters', false],
        ['lost', true],
      ].sort(),
    );
  });

  test('beyond the limit comes as clusters that hold all of it and promise nothing that is not known', async () => {
    const found = await stationsIn(`bbox=${OSLO}&limit=4`);
    expect(found).toMatchObject({
      matched: 5,
      limit: 4,
      limit_reached: true,
      stations: [],
      clusters_of: 'cells',
    });
    const sum = (of: 'stations' | 'bikes' | 'docks' | 'unknown') =>
      found.clusters.reduce((total, cluster) => total + (cluster[of] ?? 0), 0);
    // Of five: one late, one absent, one that says nothing.
    expect([sum('stations'), sum('bikes'), sum('docks'), sum('unknown')]).toEqual([5, 5, 15, 3]);
    expect(await stationsIn(`bbox=${OSLO}&limit=5`)).toMatchObject({ limit_reached: false, matched: 5 });
  });

  test('is the vehicles of all its systems, without ids, and clusters beyond the limit', async () => {
    const found = await vehiclesIn('bbox=10.69,59.89,10.72,59.91');
    expect(
      found.vehicles.map(({ system_id, state, overdue }) => `${system_id} ${state} ${overdue}`).sort(),
    ).toEqual([
      'lost available true',
      'lost available true',
      'lost reserved true',
      'scooters available false',
      'scooters available false',
      'scooters reserved false',
    ]);
    expect(JSON.stringify(found)).not.toContain('MARKED');
    const clustered = await vehiclesIn('bbox=10.69,59.89,10.72,59.91&limit=5');
    expect(clustered).toMatchObject({ limit_reached: true, matched: 6, vehicles: [], clusters_of: 'cells' });
    const sum = (of: 'vehicles' | 'available' | 'unknown') =>
      clustered.clusters.reduce((total, cluster) => total + cluster[of], 0);
    expect([sum('vehicles'), sum('available'), sum('unknown')]).toEqual([6, 2, 3]);
  });

  test('over the antimeridian lies on both sides of it; in the whole world lies everything', async () => {
    for (const bbox of ['179,-18,-179,-16', '179,-18,181,-16', '-181,-18,-179,-16'])
      expect(named((await stationsIn(`bbox=${bbox}`)).stations), bbox).toEqual(['fiji/east', 'fiji/west']);
    expect(named((await stationsIn('bbox=-179,-18,179,-16')).stations)).toEqual([]);
    expect((await stationsIn('bbox=-180,-90,180,90')).matched).toBe(7);
    const systems = await live.json('/systems?bbox=179,-18,-179,-16');
    expect((systems.systems as { system_id: string }[]).map(({ system_id }) => system_id)).toEqual(['fiji']);
  });

  test('may be asked for by any page, is shared for two seconds, and comes again only when it is another', async () => {
    const first = await live.get(`/stations?bbox=${OSLO}`, {
      headers: { origin: 'https://maps.example.org' },
    });
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
    expect(first.headers.get('cache-control')).toBe('public, max-age=2');
    const etag = first.headers.get('etag') ?? '';
    const again = await live.get(`/stations?bbox=${OSLO}`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });
});

test('the list of all systems is the same packed and unpacked, on any page', async () => {
  const headers = { origin: 'https://maps.example.org' };
  const packed = await live.get('/systems', { headers: { ...headers, 'accept-encoding': 'gzip' } });
  const plain = await live.get('/systems', { headers: { ...headers, 'accept-encoding': 'gzip;q=0' } });
  const told = (answer: Response) =>
    ['content-encoding', 'content-type', 'vary', 'access-control-allow-origin'].map((name) =>
      answer.headers.get(name),
    );
  expect(told(packed)).toEqual(['gzip', 'application/json', 'Accept-Encoding', '*']);
  expect(told(plain)).toEqual([null, 'application/json', 'Accept-Encoding', '*']);
  const ids = async (answer: Response) =>
    ((await answer.json()) as { systems: { system_id: string }[] }).systems.map(({ system_id }) => system_id);
  expect(await ids(packed)).toContain('fiji');
  expect(await ids(plain)).toEqual(await ids(await live.get('/systems?bbox=-180,-90,180,90&text=')));
});

describe('nearest places', () => {
  const near = async (query: string) => nearestStations.parse(await live.json(`/stations/nearest?${query}`));

  test('comes first, with its distance, and none that the feed has dropped', async () => {
    const { stations, limit_reached } = await near('lat=59.91&lon=10.75');
    expect(named(stations)).toEqual(['oslo/square', 'late/old', 'oslo/park', 'oslo/mute']);
    expect(stations.map(({ distance_meters }) => distance_meters)).toEqual([0, 112, 229, 338]);
    expect(limit_reached).toBe(false);
    expect(await near('lat=59.91&lon=10.75&limit=1')).toMatchObject({ limit_reached: true });
  });

  test('and offers a bike or a dock is never late, mute or absent', async () => {
    expect(named((await near('lat=59.91&lon=10.75&offers=bike')).stations)).toEqual(['oslo/square']);
    expect(named((await near('lat=59.91&lon=10.75&offers=dock')).stations)).toEqual([
      'oslo/square',
      'oslo/park',
    ]);
  });

  test('is found over the antimeridian and up to the radius, not beyond', async () => {
    expect(named((await near('lat=-17&lon=-179.995')).stations)).toEqual(['fiji/west', 'fiji/east']);
    expect(named((await near('lat=-17&lon=-179.995&radius_meters=1000')).stations)).toEqual(['fiji/west']);
    expect((await near('lat=0&lon=0')).stations).toEqual([]);
  });

  test('among vehicles is the same, and a place of a person is in no cache', async () => {
    const answer = await live.get('/vehicles/nearest?lat=59.9&lon=10.7&state=available&limit=3');
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    const { vehicles, limit_reached } = nearestVehicles.parse(await answer.json());
    expect(vehicles.map(({ system_id, distance_meters }) => [system_id, distance_meters])).toEqual([
      ['lost', 0],
      ['scooters', 0],
      ['lost', 304],
    ]);
    expect(limit_reached).toBe(true);
  });
});

test.each([
  ['/stations', /^bbox: must be given: west,south,east,north/],
  ['/stations?bbox=1,2,3', /^bbox: must be west,south,east,north/],
  ['/stations?bbox=0,60,1,59', /^bbox: south is greater than north/],
  ['/vehicles?bbox=0,-91,1,59', /^bbox: south and north must be between/],
  ['/systems?bbox=0,60,1,59', /^bbox: south is greater/],
  [`/stations?bbox=${OSLO}&limit=10001`, /^limit: must be 10000 or less/],
  [`/stations?bbox=${OSLO}&limit=0`, /^limit: must be 1 or more/],
  ['/stations/nearest?lat=59.9', /^lon: must be given in degrees/],
  ['/stations/nearest?lat=91&lon=0', /^lat: must be 90 or less/],
  ['/stations/nearest?lat=&lon=0', /^lat: must be a number of degrees/],
  ['/stations/nearest?lat=1&lon=1&offers=car', /^offers: must be bike or dock/],
  ['/vehicles/nearest?lat=1&lon=1&limit=101', /^limit: must be 100 or less/],
  ['/vehicles/nearest?lat=1&lon=1&radius_meters=50001', /^radius_meters: must be 50000 or less/],
])('%s is refused and told why', async (path, detail) => {
  const answer = await live.get(path);
  expect(answer.status).toBe(400);
  expect(problem.parse(await answer.json()).detail).toMatch(detail);
});

test('a number that no station of a system reports is null in its totals, and never 0', async () => {
  await store.poll('no_docks', now(), [{ station_id: 'a', num_bikes_available: 3 }]);
  await store.poll('no_counts', now(), [{ station_id: 'a' }]);
  const totals = async (id: string) => {
    const { bikes, docks, vehicles_overdue } = await live.json(`/systems/${id}`);
    return { bikes, docks, vehicles_overdue };
  };
  expect(await totals('no_docks')).toEqual({ bikes: 3, docks: null, vehicles_overdue: null });
  expect(await totals('no_counts')).toEqual({ bikes: null, docks: null, vehicles_overdue: null });
  const { bikes, docks } = await live.json('/systems/no_docks?leave_out_flagged=true');
  expect({ bikes, docks }).toEqual({ bikes: 3, docks: null });
});
