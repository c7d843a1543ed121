import { z } from 'zod';
import { COUNT_MAX } from './values/count.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from './values/timestamp.ts';

const text = z
  .string()
  .min(1)
  .refine((value) => value.isWellFormed() && !value.includes('\0'))
  .nullable();
const count = z.int().min(0).max(COUNT_MAX).nullable();
const flag = z.boolean().nullable();
export const time = z.int().min(EARLIEST_TIMESTAMP).max(LATEST_TIMESTAMP);
const id = text.unwrap().max(255);
const station_id = id;
const lat = z.number().min(-90).max(90);
const lon = z.number().min(-180).max(180);
const webUrl = z.url({ protocol: /^https?$/ });
const appUri = z
  .string()
  .regex(/^(?!(javascript|data|vbscript|file|blob):)[a-z]/i)
  .nullable();
const price = z.number().nullable();
const segments = z
  .array(z.strictObject({ start: price, rate: price, interval: price, end: price }))
  .nullable();

/** The guarantees that other packages and the tables rely on, whatever a feed sends. */
export const promised = {
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
    rental_uris: z.strictObject({ web: webUrl.nullable(), android: appUri, ios: appUri }).nullable(),
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
