import type { TestStore } from '../workers/test-store.ts';
import { bike, MARK, tellTypes, vehicles } from './told-vehicles.ts';

export const scooter = (id: string, east: number, more: object = {}) =>
  bike(id, {
    east,
    vehicle_type_id: 's',
    current_range_meters: 20_000,
    rental_uris: { web: `https://rent.example/${MARK}-${id}` },
    ...more,
  });

export const FLEET = [
  scooter('1', 0),
  scooter('2', 300, { is_reserved: true }),
  scooter('4', 600, { current_range_meters: 2_000 }),
  bike('5', { east: 900, vehicle_type_id: 'e', current_range_meters: 40_000 }),
  bike('6', { east: 1_200, vehicle_type_id: 'h', is_disabled: true }),
];

/** A browser would execute the last one. */
export const RENTAL_URIS = {
  web: 'https://rent.example/stations/dock',
  android: 'example-rent://stations/dock',
  ios: 'javascript:document.body.remove()',
};

export const ALERTS = [
  { alert_id: '1', type: 'other', summary: 'Helmets are required' },
  { alert_id: '2', type: 'station_closure', station_ids: ['dock'], summary: 'The square is dug up' },
];

const SQUARE = [
  [10.69, 59.89],
  [10.71, 59.89],
  [10.71, 59.91],
  [10.69, 59.89],
];
const ZONES = {
  type: 'FeatureCollection',
  features: [
    {
      type: 'Feature',
      geometry: { type: 'MultiPolygon', coordinates: [[SQUARE]] },
      properties: { name: 'Park', rules: [{ ride_allowed: false, ride_through_allowed: false }] },
    },
  ],
};

/**
 * A city with stations and vehicles (`both`), one with vehicles only (`free`), and one whose list of vehicles is old (`late`).
 */
export async function tellFleets(store: TestStore, nowSecond: number): Promise<void> {
  const tell = (system_id: string, feed: string, data: object) =>
    store.record({ system_id, feed, second: nowSecond - 600, body: { data } });
  for (const system_id of ['both', 'free']) {
    await tell(system_id, 'system_information', { system_id, name: system_id, timezone: 'Europe/Oslo' });
    await tellTypes(store, system_id, nowSecond - 600);
  }
  await tell('both', 'station_information', {
    stations: [
      {
        station_id: 'dock',
        name: 'Square',
        lat: 59.901,
        lon: 10.702,
        capacity: 10,
        rental_uris: RENTAL_URIS,
      },
    ],
  });
  await store.poll('both', nowSecond, [
    {
      station_id: 'dock',
      num_bikes_available: 6,
      num_docks_available: 4,
      vehicle_types_available: [
        { vehicle_type_id: 'e', count: 4 },
        { vehicle_type_id: 'h', count: 2 },
      ],
    },
  ]);
  await tell('both', 'system_alerts', { alerts: ALERTS });
  await tell('both', 'geofencing_zones', { geofencing_zones: ZONES });
  await vehicles(store, 'both', nowSecond, [
    scooter('1', 100),
    bike('2', { east: 160, vehicle_type_id: 'e', station_id: 'dock' }),
  ]);
  // Before the last poll there is half an hour without observation.
  await vehicles(store, 'free', nowSecond - 3_000, [scooter('1', 0), scooter('2', 300), scooter('3', 600)]);
  await vehicles(store, 'free', nowSecond - 2_940, [scooter('1', 0), scooter('2', 300)]);
  await vehicles(store, 'free', nowSecond, FLEET);
  // Its stations were observed a moment ago, its vehicles two hours before.
  await tellTypes(store, 'late', nowSecond - 7_300);
  await vehicles(store, 'late', nowSecond - 7_260, [scooter('1', 0)]);
  await vehicles(store, 'late', nowSecond - 7_200, [scooter('1', 0)]);
  const stations = [{ station_id: '1', num_bikes_available: 1, num_docks_available: 1 }];
  await store.record({ system_id: 'late', second: nowSecond, body: { ttl: 3600, data: { stations } } });
}
