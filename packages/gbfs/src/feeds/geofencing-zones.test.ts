import { describe, expect, test } from 'vitest';
import { decodeGeofencingZones } from './geofencing-zones.ts';
import { ROWS_MAX } from './row-list.ts';

const NOW = 1_700_000_000; // 2023-11-14T22:13:20Z

describe('geofencing_zones', () => {
  const RING = [
    [10, 59],
    [11, 59],
    [11, 60],
    [10, 59],
  ];
  const HOLE = [
    [10.6, 59.2],
    [10.8, 59.2],
    [10.8, 59.4],
    [10.6, 59.2],
  ];
  const feature = (geometry: unknown, properties: object = {}) => ({ type: 'Feature', geometry, properties });
  const decode = (features: unknown[], around: object = {}) =>
    decodeGeofencingZones({
      data: { geofencing_zones: { type: 'FeatureCollection', features }, ...around },
    });
  const none = { ride_through_allowed: null, maximum_speed_kph: null, station_parking: null };

  test('2.1 to 2.3: ride_allowed is about the start and the end, vehicle_type_id is a list', () => {
    const rules = [{ vehicle_type_id: ['a'], ride_allowed: false, ride_through_allowed: true }];
    expect(
      decode([feature({ type: 'MultiPolygon', coordinates: [[RING]] }, { rules })]).rows[0]?.rules,
    ).toEqual([
      {
        ...none,
        vehicle_type_ids: ['a'],
        ride_start_allowed: false,
        ride_end_allowed: false,
        ride_through_allowed: true,
      },
    ]);
  });

  test('3.0: start and end are ruled apart, names are localized, global rules become the last zone', () => {
    const rules = [
      { vehicle_type_ids: ['a'], ride_start_allowed: true, ride_end_allowed: false, maximum_speed_kph: 6 },
    ];
    const properties = {
      name: [{ text: 'Park', language: 'en' }],
      start: '2023-11-14T22:13:20Z',
      rules,
    };
    const global_rules = [{ ride_start_allowed: true, ride_end_allowed: true, station_parking: true }];
    const { rows, coerced } = decode([feature({ type: 'MultiPolygon', coordinates: [[RING]] }, properties)], {
      global_rules,
    });
    expect(rows).toEqual([
      {
        name: 'Park',
        start: NOW,
        end: null,
        is_global: false,
        rules: [
          {
            ...none,
            vehicle_type_ids: ['a'],
            ride_start_allowed: true,
            ride_end_allowed: false,
            maximum_speed_kph: 6,
          },
        ],
        polygons: [[RING]],
      },
      {
        name: null,
        start: null,
        end: null,
        is_global: true,
        rules: [
          {
            ...none,
            vehicle_type_ids: null,
            ride_start_allowed: true,
            ride_end_allowed: true,
            station_parking: true,
          },
        ],
        polygons: null,
      },
    ]);
    expect(coerced).toEqual({});
  });

  test('several rules of a zone and its holes stay, in order', () => {
    const rules = [{ vehicle_type_ids: ['a'] }, { vehicle_type_ids: ['b'] }];
    const { rows } = decode([feature({ type: 'MultiPolygon', coordinates: [[RING, HOLE]] }, { rules })]);
    expect(rows[0]?.rules.map((rule) => rule.vehicle_type_ids)).toEqual([['a'], ['b']]);
    expect(rows[0]?.polygons).toEqual([[RING, HOLE]]);
  });

  test.each<[claim: string, geometry: unknown, polygons: unknown, coerced: object]>([
    ['null, kept without a place (Check Almere)', null, null, { geometry_missing: 1 }],
    [
      'a Polygon instead of a MultiPolygon',
      { type: 'Polygon', coordinates: [RING] },
      [[RING]],
      { geometry_polygon: 1 },
    ],
    ['a point', { type: 'Point', coordinates: [1, 2] }, null, { geometry_unreadable: 1 }],
    [
      'an open ring, which is closed',
      { type: 'MultiPolygon', coordinates: [[RING.slice(0, 3)]] },
      [[RING]],
      {},
    ],
    [
      'an outline that leaves the globe',
      { type: 'MultiPolygon', coordinates: [[[...RING.slice(0, 2), [10, 99], RING[0]]]] },
      null,
      { ring_unreadable: 1 },
    ],
    [
      'a hole that cannot be drawn',
      { type: 'MultiPolygon', coordinates: [[RING, ['x']]] },
      [[RING]],
      { ring_unreadable: 1 },
    ],
  ])('a geometry that is %s', (_claim, geometry, polygons, expected) => {
    const { rows, coerced } = decode([feature(geometry)]);
    expect([rows[0]?.polygons, coerced]).toEqual([polygons, expected]);
  });

  test('a collection of more zones than rows are allowed is refused whole', () => {
    expect(() => decode(new Array(ROWS_MAX + 1).fill(feature(null)))).toThrow(
      expect.objectContaining({ reason: 'too_many_rows' }) as Error,
    );
  });

  test('a fragment without zones is refused', () => {
    expect(() => decodeGeofencingZones({ name: [] })).toThrow(
      expect.objectContaining({ reason: 'no_zone_list' }) as Error,
    );
  });
});
