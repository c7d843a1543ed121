import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';

export const vehicleState = z.enum(['available', 'reserved', 'disabled']);

const formFactor = z
  .string()
  .nullable()
  .openapi({ example: 'scooter_standing', description: 'As GBFS names it; null: the feed does not say' });

/**
 * A vehicle at its current place: a row of api.vehicle_current. It has no id, and nothing links it to its place before
 * (docs/privacy.md).
 */
export const vehicle = z
  .object({
    vehicle_type_id: z.string().nullable(),
    form_factor: formFactor,
    propulsion_type: z
      .string()
      .nullable()
      .openapi({ example: 'electric', description: 'As GBFS names it; null: the feed does not say' }),
    lat: z.number().nullable(),
    lon: z.number().nullable(),
    station_id: z.string().nullable().openapi({
      description: 'The station it stands at. The num_bikes_available of that station may include it',
    }),
    state: vehicleState,
    range_meters: z
      .number()
      .int()
      .nullable()
      .openapi({ description: "The operator's estimate, in whole kilometres; null: the feed does not say" }),
    since: instant.openapi({ description: 'Time of the first poll that found it here in this state' }),
    since_seen: z.boolean().openapi({
      description: 'False when there was no observation just before: it may have been here for longer',
    }),
  })
  .openapi('Vehicle');
export type Vehicle = z.infer<typeof vehicle>;

const version = z.string().openapi({
  description:
    'Changes when anything in the list changes. It is the ETag, and the events `vehicles` and `health` have it too',
});

/** All vehicles of a system at one moment. */
export const vehicles = z
  .object({
    system_id: z.string(),
    observed_at: instant
      .nullable()
      .openapi({ description: 'null: no list of vehicles has been received yet' }),
    version,
    vehicles: z.array(vehicle),
  })
  .openapi('Vehicles');
export type Vehicles = z.infer<typeof vehicles>;

/** The same as GeoJSON (RFC 7946); a vehicle that is only known to be at a station has a null geometry. */
export const vehicleFeatures = z
  .object({
    type: z.literal('FeatureCollection'),
    features: z.array(
      z.object({
        type: z.literal('Feature'),
        geometry: z
          .object({ type: z.literal('Point'), coordinates: z.tuple([z.number(), z.number()]) })
          .nullable(),
        properties: vehicle.omit({ lat: true, lon: true }),
      }),
    ),
  })
  .openapi('VehicleFeatures');
export type VehicleFeatures = z.infer<typeof vehicleFeatures>;

/** How many vehicles of a form factor are parked. */
export const vehicleTotal = z
  .object({
    form_factor: formFactor,
    available: z.number().int(),
    reserved: z.number().int(),
    disabled: z.number().int(),
    docked: z.number().int().openapi({
      description:
        'Vehicles at stations. The bike counts of the stations may include them, so do not add them to `bikes`; the other three numbers do not include them',
    }),
  })
  .openapi('VehicleTotal');

const vehicleType = z
  .object({
    vehicle_type_id: z.string(),
    form_factor: formFactor,
    propulsion_type: z.string().nullable(),
    name: z.string().nullable(),
    make: z.string().nullable(),
    model: z.string().nullable(),
    max_range_meters: z.number().nullable(),
    rider_capacity: z.number().nullable(),
  })
  .openapi('VehicleType');
export type VehicleType = z.infer<typeof vehicleType>;

export const vehicleTypes = z
  .object({ system_id: z.string(), vehicle_types: z.array(vehicleType) })
  .openapi('VehicleTypes');

/** The newest list of vehicles, as the event `health` names it. */
export const vehicleList = z
  .object({
    feed: z.string().openapi({ example: 'vehicle_status', description: 'The feed that lists them' }),
    observed_at: instant.nullable(),
    version,
  })
  .openapi('VehicleList');
export type VehicleList = z.infer<typeof vehicleList>;
