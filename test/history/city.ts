import type { TestStore } from '../workers/test-store.ts';

export const CITY = '/systems/city';

/** The RFC 3339 time `second` seconds after the first record of the city. */
export const at = (second: number): string => new Date(Date.UTC(2026, 5, 15, 12, 0, second)).toISOString();

/**
 * Thirteen minutes of a city with two stations, and two more systems, for the tests of the API. The city is not
 * observed for ten minutes, in which its second station is lost; of `sim` only the name is known.
 */
export async function recordCity(store: TestStore): Promise<void> {
  const poll = (second: number, one: number | null, two: number | null) =>
    store.poll('city', second, [
      ...(one === null ? [] : [{ station_id: '1', num_bikes_available: one, num_docks_available: 10 - one }]),
      ...(two === null ? [] : [{ station_id: 'ü/2', num_bikes_available: two, is_renting: true }]),
    ]);
  await store.record({
    system_id: 'city',
    feed: 'system_information',
    second: 0,
    body: {
      data: {
        system_id: 'city',
        name: 'City Bikes',
        operator: 'City',
        timezone: 'Europe/Oslo',
        language: 'en',
      },
    },
  });
  await store.record({
    system_id: 'city',
    feed: 'station_information',
    second: 1,
    body: {
      data: {
        stations: [
          { station_id: '1', name: 'Square, "Old"', lat: 59.9, lon: 10.7, capacity: 10 },
          { station_id: 'ü/2', name: '=Park()', lat: 59.95, lon: 10.8, capacity: 5 },
        ],
      },
    },
  });
  await poll(2, 5, 3);
  await poll(60, 4, 3);
  await poll(120, 0, 3);
  // Ten minutes without observation, and then the second station is missing.
  await poll(720, 2, null);
  await poll(780, 2, 1);
  await store.poll('other', 2, [{ station_id: '1', num_bikes_available: 9, num_docks_available: 0 }]);
  await store.record({
    system_id: 'sim',
    feed: 'system_information',
    second: 0,
    body: {
      data: {
        system_id: 'sim',
        name: 'Simulated city (simulated)',
        operator: 'Velolog simulator',
        timezone: 'UTC',
        language: 'en',
      },
    },
  });
}
