import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';

export const vehicleState = z.enum(['available', 'reserved', 'disabled']);

const formFactor = z
  .string()
  .nullable()
  .openapi({ example: 'scooter_standing', description: 'A word of GBFS; null: not told' });

/**
 * A vehicle as it stands now: a row of api.vehicle_current. It has no id, and nothing here joins it to where it stood before (docs/privacy.md).
 */
export const vehicle = z
  .object({
    vehicle_type_id: z.string().nullable(),
    form_factor: formFactor,
    propulsion_type: z
      .string()
      .nullable()
      .openapi({ example: 'electric', description: 'A word of GBFS; null: not told' }),
    lat: z.number().nullable(),
    lon: z.number().nullable(),
    station_id: z.string().nullable().openapi({
      description: 'It stands at this station, whose num_bikes_available may count it, too',
    }),
    state: vehicleState,
    range_meters: z
      .number()
      .int()
      .nullable()
      .openapi({ description: "The operator's estimate, in whole kilometres; null: not told" }),
    since: instant.openapi({ description: 'The first poll that found it here in this state' }),
    since_seen: z
      .boolean()
      .openapi({ description: 'False: nobody looked just before, so it may be here for longer' }),
  })
  .openapi('Vehicle');
export type Vehicle = z.infer<typeof vehicle>;

const version = z.string().openapi({
  description:
    'Other when anything in the list is; the ETag, and what the events `vehicles` and `health` name',
});

/** All vehicles of a system at one moment. */
export const vehicles = z
  .object({
    system_id: z.string(),
    observed_at: instant.nullable().openapi({ description: 'null: no list of vehicles was seen yet' }),
    version,
    vehicles: z.array(vehicle),
  })
  .openapi('Vehicles');
export type Vehicles = z.infer<typeof vehicles>;

/** The same as GeoJSON (RFC 7946); a vehicle that tells its station alone has a null geometry. */
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

/** How many of a form factor are parked. */
export const vehicleTotal = z
  .object({
    form_factor: formFactor,
    available: z.number().int(),
    reserved: z.number().int(),
    disabled: z.number().int(),
    docked: z.number().int().openapi({
      description:
        'At a station, whose count of bikes may hold them: no part of the other three, and not to be added to `bikes`',
    }),
  })
  .openapi('VehicleTotal');
export type VehicleTotal = z.infer<typeof vehicleTotal>;

export const vehicleTypes = z
  .object({
    system_id: z.string(),
    vehicle_types: z.array(
      z
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
        .openapi('VehicleType'),
    ),
  })
  .openapi('VehicleTypes');
export type VehicleTypes = z.infer<typeof vehicleTypes>;

/** Which list of vehicles is the newest, told by the event `health`. */
export const vehicleList = z
  .object({
    feed: z.string().openapi({ example: 'vehicle_status', description: 'The feed that tells of them' }),
    observed_at: instant.nullable(),
    version,
  })
  .openapi('VehicleList');
export type VehicleList = z.infer<typeof vehicleList>;
