import { expect, test } from 'vitest';
import { createCity, distanceKm } from './city.ts';
import { CITY_CENTRES, type CityCentre } from './city-centres.ts';

const oslo = CITY_CENTRES[0] as CityCentre;

test('every station has its own id, name and place, and 8 to 40 docks', () => {
  const stations = createCity(oslo, 1000, 'seed');
  expect(stations).toHaveLength(1000);
  expect(new Set(stations.map(({ station_id }) => station_id)).size).toBe(1000);
  expect(new Set(stations.map(({ name }) => name)).size).toBe(1000);
  expect(new Set(stations.map(({ lat, lon }) => `${lat} ${lon}`)).size).toBe(1000);
  const capacities = stations.map(({ capacity }) => capacity);
  expect(Math.min(...capacities)).toBeGreaterThanOrEqual(8);
  expect(Math.max(...capacities)).toBeLessThanOrEqual(40);
});

test('250 stations lie within 6 km of the centre and none stands in the fjord', () => {
  for (const { lat, lon } of createCity(oslo, 250, 'seed')) {
    const north = (lat - oslo.lat) * 111.32;
    const east = (lon - oslo.lon) * 111.32 * Math.cos((oslo.lat * Math.PI) / 180);
    expect(Math.hypot(north, east)).toBeLessThan(6);
    const bearing = ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
    // The middle of the fjord; its shores are moved a little with each station.
    expect(bearing > 160 && bearing < 245).toBe(false);
  }
});

test('neighbours are a walk apart', () => {
  const stations = createCity(oslo, 250, 'seed');
  const nearestKm = stations.map((station) =>
    Math.min(...stations.filter((other) => other !== station).map((other) => distanceKm(station, other))),
  );
  const mean = nearestKm.reduce((sum, km) => sum + km, 0) / nearestKm.length;
  expect(mean).toBeGreaterThan(0.15);
  expect(mean).toBeLessThan(0.4);
});

test('the same seed gives the same city, another seed another', () => {
  expect(createCity(oslo, 50, 'one')).toEqual(createCity(oslo, 50, 'one'));
  expect(createCity(oslo, 50, 'one')).not.toEqual(createCity(oslo, 50, 'two'));
});
