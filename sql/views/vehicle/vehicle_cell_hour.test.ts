import { dropStaysBefore, rollUpVehicles } from '@velolog/store/upkeep/vehicle-hours';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, tellTypes, vehicles } from '../../../test/history/told-vehicles.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const cells = () =>
  store.ask(
    `select hour_at, geohash, form_factor, vehicles_mean, appeared, vanished, observed_share
     from api.vehicle_cell_hour where system_id = 'rolled' order by hour_at, geohash, form_factor`,
  );

test('hours per cell add up observed time, a change of state is neither arrival nor departure, and they stay when exact stays are deleted', async () => {
  await tellTypes(store, 'rolled');
  // For an hour and a half: one that stays and is reserved for a while, and one that comes after half an hour and goes after an hour.
  for (let minute = 0; minute <= 90; minute++) {
    const stays = bike('1', { vehicle_type_id: 's', is_reserved: minute >= 10 && minute < 20 });
    const comes = bike('2', { vehicle_type_id: 's', east: 2 });
    await vehicles(store, 'rolled', minute * 60, minute >= 30 && minute < 60 ? [stays, comes] : [stays]);
  }
  await rollUpVehicles(store.context.pool);
  const hours = [
    {
      hour_at: 0,
      geohash: 'u4xsgdu',
      form_factor: 'scooter_standing',
      vehicles_mean: 1.5,
      appeared: 1,
      vanished: 0,
      observed_share: 1,
    },
    {
      hour_at: 3600,
      geohash: 'u4xsgdu',
      form_factor: 'scooter_standing',
      vehicles_mean: 1,
      appeared: 0,
      vanished: 1,
      observed_share: 0.25,
    },
  ].map((hour) => ({ ...hour, geohash: expect.stringMatching(/^[0-9b-hjkmnp-z]{7}$/) }));
  expect(await cells()).toEqual(hours);
  await rollUpVehicles(store.context.pool);
  expect(await dropStaysBefore(store.context.pool, new Date())).toBeGreaterThan(2);
  expect(await cells()).toEqual(hours);
  expect(await store.ask('select to_at from velolog.vehicle_stay')).toEqual([{ to_at: null }]);
});

test('a geohash is the one that everybody computes', async () => {
  const places = [
    [5764911, 1040744, 'u4pruyd'],
    [-2538271, -4926551, '6gkzwgj'],
    [0, 0, 's000000'],
  ];
  for (const [lat, lon, geohash] of places)
    expect(await store.ask('select velolog.geohash_of($1, $2) as geohash', [lat, lon])).toEqual([
      { geohash },
    ]);
});

test('the geohash of random places is that of halving the world bit by bit', async () => {
  const places = Array.from({ length: 300 }, (_, index) => [
    Math.round((Math.sin(index * 12.9898) * 43_758.5453 * 1e5) % 9_000_000),
    Math.round((Math.sin(index * 78.233) * 43_758.5453 * 1e5) % 18_000_000),
  ]);
  places.push([9_000_000, 18_000_000], [-9_000_000, -18_000_000]);
  const told = await store.ask(
    'select velolog.geohash_of(lat, lon) as geohash from unnest($1::int[], $2::int[]) with ordinality as place (lat, lon, number) order by number',
    [places.map(([lat]) => lat), places.map(([, lon]) => lon)],
  );
  expect(told.map(({ geohash }) => geohash)).toEqual(
    places.map(([lat = 0, lon = 0]) => geohashOf(lat / 1e5, lon / 1e5)),
  );
});

function geohashOf(lat: number, lon: number): string {
  const ranges = { lon: [-180, 180], lat: [-90, 90] } as Record<'lon' | 'lat', [number, number]>;
  let bits = '';
  for (let bit = 0; bit < 35; bit++) {
    const axis = bit % 2 === 0 ? 'lon' : 'lat';
    const [low, high] = ranges[axis];
    const middle = (low + high) / 2;
    const isHigh = (axis === 'lon' ? lon : lat) >= middle;
    ranges[axis] = isHigh ? [middle, high] : [low, middle];
    bits += isHigh ? '1' : '0';
  }
  return (bits.match(/.{5}/g) ?? [])
    .map((digit) => '0123456789bcdefghjkmnpqrstuvwxyz'[Number.parseInt(digit, 2)])
    .join('');
}
