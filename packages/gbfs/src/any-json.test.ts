import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { parseBody } from './body.ts';
import { type Decoded, UndecodableBody } from './decoded.ts';
import { decodeDiscovery } from './discovery.ts';
import { decodeGbfsVersions } from './feeds/gbfs-versions.ts';
import { decodeGeofencingZones } from './feeds/geofencing-zones.ts';
import { decodeStationInformation } from './feeds/station-information.ts';
import { decodeStationStatus } from './feeds/station-status.ts';
import { decodeSystemAlerts } from './feeds/system-alerts.ts';
import { decodeSystemCalendar } from './feeds/system-calendar.ts';
import { decodeSystemHours } from './feeds/system-hours.ts';
import { decodeSystemInformation } from './feeds/system-information.ts';
import { decodeSystemPricingPlans } from './feeds/system-pricing-plans.ts';
import { decodeSystemRegions } from './feeds/system-regions.ts';
import { decodeVehicleStatus } from './feeds/vehicle-status.ts';
import { decodeVehicleTypes } from './feeds/vehicle-types.ts';
import { COUNT_MAX } from './values/count.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from './values/timestamp.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`any-json: seed ${seed} (repeat with SEED=${seed})`);
const settings = { seed, numRuns: 300 };
// Generous, for a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 });

const text = z
  .string()
  .min(1)
  .refine((value) => value.isWellFormed() && !value.includes('\0'))
  .nullable();
const count = z.int().min(0).max(COUNT_MAX).nullable();
const flag = z.boolean().nullable();
const time = z.int().min(EARLIEST_TIMESTAMP).max(LATEST_TIMESTAMP);
const id = text.unwrap().max(255);
const station_id = id;
const lat = z.number().min(-90).max(90);
const lon = z.number().min(-180).max(180);
const webUrl = z.url({ protocol: /^https?$/ });
const price = z.number().nullable();
const segments = z
  .array(z.strictObject({ start: price, rate: price, interval: price, end: price }))
  .nullable();

/** What the other packages and the tables rely on, whatever a feed sends. */
const promised = {
  status: z.strictObject({
    station_id,
    num_bikes_available: count,
    num_docks_available: count,
    num_bikes_disabled: count,
    num_docks_disabled: count,
    is_installed: flag,
    is_renting: flag,
    is_returning: flag,
    last_reported: time.max(LATEST_TIMESTAMP + 86_400).nullable(),
    num_ebikes_available: z.int().min(0).nullable(),
    vehicle_types_available: z
      .array(z.strictObject({ vehicle_type_id: id, count }))
      .max(100)
      .nullable(),
    vehicle_docks_available: z
      .array(z.strictObject({ vehicle_type_ids: z.array(id), count }))
      .max(100)
      .nullable(),
  }),
  vehicle: z
    .strictObject({
      vehicle_id: id,
      vehicle_type_id: id.nullable(),
      lat: lat.nullable(),
      lon: lon.nullable(),
      station_id: id.nullable(),
      state: z.enum(['available', 'reserved', 'disabled']),
      current_range_meters: z.int().min(0).nullable(),
      current_fuel_percent: z.number().min(0).max(1).nullable(),
      last_reported: time.max(LATEST_TIMESTAMP + 86_400).nullable(),
    })
    .refine((vehicle) => (vehicle.lat === null) === (vehicle.lon === null))
    .refine((vehicle) => vehicle.lat !== null || vehicle.station_id !== null),
  vehicleType: z.strictObject({
    vehicle_type_id: id,
    form_factor: z.string().nullable(),
    propulsion_type: z.string().nullable(),
    name: text,
    make: text,
    model: text,
    max_range_meters: z.int().min(0).nullable(),
    rider_capacity: z.number().min(0).nullable(),
  }),
  alert: z.strictObject({
    alert_id: id,
    type: z.enum(['system_closure', 'station_closure', 'station_move', 'other']).nullable(),
    times: z.array(z.strictObject({ start: time.nullable(), end: time.nullable() })),
    station_ids: z.array(id).nullable(),
    region_ids: z.array(id).nullable(),
    url: webUrl.nullable(),
    summary: text,
    description: text,
  }),
  region: z.strictObject({ region_id: id, name: text }),
  plan: z.strictObject({
    plan_id: id,
    name: text,
    url: webUrl.nullable(),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .nullable(),
    price: z.number().nullable(),
    is_taxable: flag,
    description: text,
    per_km_pricing: segments,
    per_min_pricing: segments,
    surge_pricing: flag,
    reservation_price_per_min: z.number().nullable(),
    reservation_price_flat_rate: z.number().nullable(),
  }),
  zone: z.strictObject({
    name: text,
    start: time.nullable(),
    end: time.nullable(),
    is_global: z.boolean(),
    rules: z.array(
      z.strictObject({
        vehicle_type_ids: z.array(id).min(1).nullable(),
        ride_start_allowed: flag,
        ride_end_allowed: flag,
        ride_through_allowed: flag,
        maximum_speed_kph: z.number().min(0).nullable(),
        station_parking: flag,
      }),
    ),
    polygons: z
      .array(z.array(z.array(z.tuple([lon, lat])).min(4)).min(1))
      .min(1)
      .nullable(),
  }),
  hours: z.strictObject({
    user_types: z.array(z.string()),
    days: z.array(z.string()),
    start_time: z.string(),
    end_time: z.string(),
  }),
  season: z.strictObject({
    start_month: z.int(),
    start_day: z.int(),
    start_year: z.int().nullable(),
    end_month: z.int(),
    end_day: z.int(),
    end_year: z.int().nullable(),
  }),
  information: z.strictObject({
    station_id,
    name: text,
    lat: lat.nullable(),
    lon: lon.nullable(),
    capacity: count,
    region_id: id.nullable(),
  }),
  system: z.strictObject({
    system_id: text,
    name: text,
    operator: text,
    timezone: text,
    url: webUrl.nullable(),
    license_url: webUrl.nullable(),
    language: text,
    opening_hours: text,
  }),
  version: z.strictObject({ version: text.unwrap(), url: webUrl }),
  feed: z.strictObject({ name: text.unwrap(), url: webUrl }),
};
const tally = z.record(z.string().regex(/^[a-z0-9_]+$/), z.int().min(1));

function promisedBody(row: z.ZodType) {
  return z.strictObject({
    rows: z.array(row),
    version: z.string().nullable(),
    last_updated: time.nullable(),
    ttl: z.int().min(0).nullable(),
    skipped: tally,
    coerced: tally,
  });
}

const decoders: [name: string, decode: (document: unknown) => Decoded<unknown>, body: z.ZodType][] = [
  ['decodeStationStatus', decodeStationStatus, promisedBody(promised.status)],
  [
    'decodeStationInformation',
    (document) => decodeStationInformation(document, ['en']),
    promisedBody(promised.information),
  ],
  [
    'decodeSystemInformation',
    (document) => decodeSystemInformation(document, ['en']),
    promisedBody(promised.system),
  ],
  [
    'decodeGbfsVersions',
    (document) => decodeGbfsVersions(document, 'https://example.com/'),
    promisedBody(promised.version),
  ],
  [
    'decodeDiscovery',
    (document) => decodeDiscovery(document, 'https://example.com/gbfs.json', ['en']),
    promisedBody(promised.feed),
  ],
  ['decodeVehicleStatus', decodeVehicleStatus, promisedBody(promised.vehicle)],
  [
    'decodeVehicleTypes',
    (document) => decodeVehicleTypes(document, ['en']),
    promisedBody(promised.vehicleType),
  ],
  ['decodeSystemAlerts', (document) => decodeSystemAlerts(document, ['en']), promisedBody(promised.alert)],
  ['decodeSystemRegions', (document) => decodeSystemRegions(document, ['en']), promisedBody(promised.region)],
  [
    'decodeSystemPricingPlans',
    (document) => decodeSystemPricingPlans(document, ['en']),
    promisedBody(promised.plan),
  ],
  [
    'decodeGeofencingZones',
    (document) => decodeGeofencingZones(document, ['en']),
    promisedBody(promised.zone),
  ],
  ['decodeSystemHours', decodeSystemHours, promisedBody(promised.hours)],
  ['decodeSystemCalendar', decodeSystemCalendar, promisedBody(promised.season)],
];

const RULE_FIELDS = [
  'vehicle_type_id',
  'vehicle_type_ids',
  'ride_allowed',
  'ride_start_allowed',
  'ride_through_allowed',
  'maximum_speed_kph',
];

/** Any value, but often one that comes near a value of a feed: fully random JSON hardly ever gets past the first check. */
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
  fc.string({ unit: 'binary', maxLength: 8 }),
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

/** Lists that a feed nests in its rows, near enough to what they should be. */
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

const station = fc.oneof(
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
const document = fc.oneof(
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

describe.each(decoders)('%s', (_name, decode, body) => {
  test('turns any JSON value into what is promised, or refuses it as UndecodableBody', () => {
    fc.assert(
      fc.property(document, (anything) => {
        try {
          expect(body.safeParse(decode(anything)).error?.issues ?? []).toEqual([]);
        } catch (error) {
          if (!(error instanceof UndecodableBody)) throw error;
        }
      }),
      settings,
    );
  });
});

test('parseBody turns any bytes into a JSON value, or refuses them as UndecodableBody', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.json().map((json) => new TextEncoder().encode(json)),
  );
  fc.assert(
    fc.property(bytes, (anything) => {
      try {
        parseBody(anything);
      } catch (error) {
        if (!(error instanceof UndecodableBody)) throw error;
      }
    }),
    settings,
  );
});

test('every listed row is either a row or counted as skipped, and no station is there twice', () => {
  fc.assert(
    fc.property(fc.array(station, { maxLength: 10 }), (stations) => {
      const { rows, skipped } = decodeStationStatus({ data: { stations } });
      const left = Object.values(skipped).reduce((sum, times) => sum + times, 0);
      expect(rows.length + left).toBe(stations.length);
      expect(new Set(rows.map((row) => row.station_id)).size).toBe(rows.length);
    }),
    settings,
  );
});

test('a station reads the same whether its values fit the specification or have to be repaired to it', () => {
  const numbers = fc.integer({ min: 0, max: COUNT_MAX });
  const fitting = fc.record({
    num_bikes_available: numbers,
    num_docks_available: numbers,
    is_renting: fc.boolean(),
    last_reported: fc.integer({ min: EARLIEST_TIMESTAMP, max: LATEST_TIMESTAMP }),
  });
  const read = (values: object) =>
    decodeStationStatus({ data: { stations: [{ station_id: 'a', ...values }] } });
  fc.assert(
    fc.property(fitting, (values) => {
      const plain = read(values);
      const repaired = read(
        Object.fromEntries(Object.entries(values).map(([field, it]) => [field, String(it)])),
      );
      expect(repaired.rows).toEqual(plain.rows);
      expect(repaired.rows).toEqual(read({ ...values, last_reported: values.last_reported * 1000 }).rows);
      expect(plain.coerced).toEqual({});
      expect(repaired.coerced).toEqual({ count_text: 2, flag_text: 1, last_reported_text: 1 });
    }),
    settings,
  );
});
