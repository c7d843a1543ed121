import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';
import { station } from './station.ts';
import { system } from './system.ts';
import { vehicle } from './vehicle.ts';

/** A system at a place, and whether its values can be taken as current. */
const placeSystem = system
  .pick({
    system_id: true,
    name: true,
    operator: true,
    country: true,
    url: true,
    license_url: true,
    simulated: true,
    overdue: true,
    last_observed_at: true,
    vehicles_overdue: true,
    vehicles_observed_at: true,
  })
  .openapi('PlaceSystem');
export type PlaceSystem = z.infer<typeof placeSystem>;

const overdue = z.boolean().openapi({
  description:
    'The feed that it comes from is late, or its age is not known: its last values say little about the present',
});

export const placedStation = station.extend({ system_id: z.string(), overdue }).openapi('PlacedStation');
export type PlacedStation = z.infer<typeof placedStation>;

const placedVehicle = vehicle.extend({ system_id: z.string(), overdue }).openapi('PlacedVehicle');
export type PlacedVehicle = z.infer<typeof placedVehicle>;

const clusterPlace = {
  lat: z.number(),
  lon: z.number(),
  systems: z.number().int().openapi({ description: 'Number of systems in it' }),
};

const stationCluster = z
  .object({
    ...clusterPlace,
    stations: z.number().int(),
    bikes: z
      .number()
      .int()
      .nullable()
      .openapi({ description: 'Sum over stations that report the number and are not late' }),
    docks: z.number().int().nullable(),
    unknown: z
      .number()
      .int()
      .openapi({ description: 'Stations that are in neither sum: late, absent, or with unknown counts' }),
  })
  .openapi('StationCluster');
export type StationCluster = z.infer<typeof stationCluster>;

const vehicleCluster = z
  .object({
    ...clusterPlace,
    vehicles: z.number().int(),
    available: z.number().int().openapi({ description: 'Available vehicles of systems that are not late' }),
    unknown: z.number().int().openapi({ description: 'Vehicles of systems that are late' }),
  })
  .openapi('VehicleCluster');
export type VehicleCluster = z.infer<typeof vehicleCluster>;

const found = {
  bbox: z
    .tuple([z.number(), z.number(), z.number(), z.number()])
    .openapi({ description: 'West, south, east, north; west is greater than east over the antimeridian' }),
  limit: z.number().int(),
  limit_reached: z.boolean().openapi({
    description:
      'True if there are more than `limit`: the list is empty, and `clusters` has their sums by place',
  }),
  matched: z.number().int().openapi({ description: 'Number of all matches' }),
  clusters_of: z.enum(['cells', 'systems']).nullable().openapi({
    description:
      'cells: each is the sum of a square. systems: each is a system, at the middle of its bounds, for a box with very many; of a system that lies only partly in the box, it is the part within. null: there are no clusters',
  }),
  systems: z.array(placeSystem).openapi({ description: 'Systems that reach into the box, without archives' }),
};

export const placedStations = z
  .object({ ...found, stations: z.array(placedStation), clusters: z.array(stationCluster) })
  .openapi('PlacedStations');
export type PlacedStations = z.infer<typeof placedStations>;

export const placedVehicles = z
  .object({ ...found, vehicles: z.array(placedVehicle), clusters: z.array(vehicleCluster) })
  .openapi('PlacedVehicles');
export type PlacedVehicles = z.infer<typeof placedVehicles>;

const distance = { distance_meters: z.number().int().openapi({ description: 'As the crow flies' }) };
const searched = {
  lat: z.number(),
  lon: z.number(),
  radius_meters: z.number().int().openapi({ description: 'The search radius' }),
  limit_reached: z
    .boolean()
    .openapi({ description: 'True if the list was cut at `limit`: others may be as near' }),
  observed_at: instant.nullable().openapi({ description: 'The oldest observation in the list' }),
  systems: z.array(placeSystem).openapi({ description: 'The systems of the listed entries' }),
};

export const nearestStations = z
  .object({ ...searched, stations: z.array(placedStation.extend(distance)) })
  .openapi('NearestStations');
export type NearestStations = z.infer<typeof nearestStations>;

export const nearestVehicles = z
  .object({ ...searched, vehicles: z.array(placedVehicle.extend(distance)) })
  .openapi('NearestVehicles');
export type NearestVehicles = z.infer<typeof nearestVehicles>;
