import fc from 'fast-check';
import { anyText } from '../../../test/any-text.ts';
import { promised } from './test-promised-rows.ts';
import { LATEST_TIMESTAMP } from './values/timestamp.ts';

const RULE_FIELDS = [
  'vehicle_type_id',
  'vehicle_type_ids',
  'ride_allowed',
  'ride_start_allowed',
  'ride_through_allowed',
  'maximum_speed_kph',
];

/** Any value, but often one that resembles a value of a feed: fully random JSON hardly ever gets past the first check. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    0,
    1,
    -1,
    -0,
    1.5,
    32_767,
    32_768,
    86_400,
    1e300,
    true,
    false,
    null,
    '',
    ' ',
    '1',
    'true',
    'null',
    'x:null',
  ),
  fc.constantFrom(
    '12',
    '-1',
    'a\0b',
    '\ud800',
    'https://example.com/a',
    'http://example.com',
    '//x',
    'file:///x',
    'Europe/Oslo',
  ),
  fc.integer({ min: -1, max: 40_000 }),
  fc.integer({ min: 0, max: LATEST_TIMESTAMP * 2 }),
  fc.integer({ min: 0, max: LATEST_TIMESTAMP }).map((seconds) => new Date(seconds * 1000).toISOString()),
  fc.double({ min: -200, max: 200, noNaN: true }),
  anyText(8),
  fc.array(
    fc.record(
      { text: fc.jsonValue({ maxDepth: 1 }), language: fc.constantFrom('en', 'nb', 1) },
      { requiredKeys: [] },
    ),
    { maxLength: 3 },
  ),
);

function someOf(fields: string[]): fc.Arbitrary<object> {
  return fc.record(Object.fromEntries(fields.map((field) => [field, value])), { requiredKeys: [] });
}

/** Lists that a feed nests in its rows, similar to what they should be. */
const nested = fc.oneof(
  fc.array(someOf(['vehicle_type_id', 'vehicle_type_ids', 'count', 'start', 'end', 'rate', 'interval']), {
    maxLength: 3,
  }),
  fc.array(someOf(['mechanical', 'ebike', 'electric']), { maxLength: 3 }),
  someOf(['mechanical', 'ebike', 'electric', 'smart', 'classic']),
  value,
);
const position = fc.oneof(
  fc.tuple(fc.double({ min: -200, max: 200, noNaN: true }), fc.double({ min: -100, max: 100, noNaN: true })),
  value,
);
const geometry = fc.oneof(
  fc.record({
    type: fc.constantFrom('Polygon', 'MultiPolygon', 'Point'),
    coordinates: fc.oneof(
      fc.array(fc.array(position, { maxLength: 5 }), { maxLength: 2 }),
      fc.array(fc.array(fc.array(position, { maxLength: 5 }), { maxLength: 2 }), { maxLength: 2 }),
    ),
  }),
  value,
);
const rules = fc.oneof(fc.array(someOf([...RULE_FIELDS]), { maxLength: 2 }), value);
const feature = fc.record(
  { geometry, properties: fc.record({ name: value, start: value, end: value, rules }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);

export const station = fc.oneof(
  fc.record(
    {
      ...Object.fromEntries(Object.keys(promised.status.shape).map((field) => [field, value])),
      num_vehicles_available: value,
      num_vehicles_disabled: value,
      vehicle_types_available: nested,
      vehicle_docks_available: nested,
      num_bikes_available_types: nested,
    },
    { requiredKeys: [] },
  ),
  someOf(Object.keys(promised.information.shape)),
  someOf(['station_id', 'data']),
  value,
);
const vehicle = fc.oneof(
  someOf([
    'vehicle_id',
    'bike_id',
    'vehicle_type_id',
    'vehicle_type',
    'lat',
    'lon',
    'station_id',
    'is_reserved',
    'is_disabled',
    'current_range_meters',
    'current_fuel_percent',
    'jump_ebike_battery_level',
    'last_reported',
  ]),
  someOf(['bikeId', 'lat', 'lon', 'isReserved', 'isDisabled', 'stationId']),
  value,
);
const rows = (row: fc.Arbitrary<unknown>) => fc.array(row, { maxLength: 8 });
const feeds = fc.record({ feeds: fc.array(fc.oneof(someOf(['name', 'url']), value)) });
const data = fc.oneof(
  fc.record({ stations: fc.array(station, { maxLength: 8 }) }),
  someOf([...Object.keys(promised.system.shape), 'languages', 'license_id']),
  fc.record({ versions: fc.array(fc.oneof(someOf(['version', 'url']), value)) }),
  feeds,
  fc.record({ bikes: rows(vehicle) }),
  fc.record({ vehicles: rows(vehicle) }),
  fc.record({ vehicle_types: rows(someOf(Object.keys(promised.vehicleType.shape))) }),
  fc.record({ alerts: rows(someOf(Object.keys(promised.alert.shape))) }),
  fc.record({ regions: rows(someOf(Object.keys(promised.region.shape))) }),
  fc.record({
    plans: rows(
      fc.record(
        {
          ...Object.fromEntries(Object.keys(promised.plan.shape).map((field) => [field, value])),
          per_km_pricing: nested,
        },
        { requiredKeys: [] },
      ),
    ),
  }),
  fc.record({
    geofencing_zones: fc.record({ features: rows(fc.oneof(feature, value)) }),
    global_rules: rules,
  }),
  fc.record({ rental_hours: rows(fc.oneof(someOf(Object.keys(promised.hours.shape)), value)) }),
  fc.record({ calendars: rows(fc.oneof(someOf(Object.keys(promised.season.shape)), value)) }),
  fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(feeds, value), { maxKeys: 3 }),
  value,
);
export const document = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record(
      { last_updated: value, ttl: value, version: value, data },
      { requiredKeys: ['data'] },
    ),
  },
  { weight: 1, arbitrary: data },
  { weight: 1, arbitrary: fc.jsonValue() },
);
