import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';
import { station } from './station.ts';
import { system } from './system.ts';
import { vehicle } from './vehicle.ts';

/** A system that has to do with a place, and whether what it tells can be believed to be of now. */
export const placeSystem = system
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
  })
  .openapi('PlaceSystem');
export type PlaceSystem = z.infer<typeof placeSystem>;

const overdue = z.boolean().openapi({
  description:
    'The data of its system is late, or nobody knows how old it is: what it offered last says little about now',
});

export const placedStation = station.extend({ system_id: z.string(), overdue }).openapi('PlacedStation');
export type PlacedStation = z.infer<typeof placedStation>;

export const placedVehicle = vehicle.extend({ system_id: z.string(), overdue }).openapi('PlacedVehicle');
export type PlacedVehicle = z.infer<typeof placedVehicle>;

const clusterPlace = {
  lat: z.number(),
  lon: z.number(),
  systems: z.number().int().openapi({ description: 'How many systems are in it' }),
};

export const stationCluster = z
  .object({
    ...clusterPlace,
    stations: z.number().int(),
    bikes: z.number().int().nullable().openapi({ description: 'Of those that tell it and are not late' }),
    docks: z.number().int().nullable(),
    unknown: z
      .number()
      .int()
      .openapi({ description: 'Stations that are in neither sum: late, absent, or of unknown counts' }),
  })
  .openapi('StationCluster');
export type StationCluster = z.infer<typeof stationCluster>;

export const vehicleCluster = z
  .object({
    ...clusterPlace,
    vehicles: z.number().int(),
    available: z
      .number()
      .int()
      .openapi({ description: 'Those that can be taken, of systems that are not late' }),
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
    description: 'There are more than `limit`: the list is empty, and `clusters` add up all of them by place',
  }),
  matched: z.number().int().openapi({ description: 'How many there are' }),
  clusters_of: z.enum(['cells', 'systems']).nullable().openapi({
    description:
      'cells: of what lies in the same square. systems: of a whole system each, at the middle of its bounds, where the box holds very many. null: none is needed',
  }),
  systems: z
    .array(placeSystem)
    .openapi({ description: 'Those that reach into the box; archives are not among them' }),
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
  radius_meters: z.number().int().openapi({ description: 'Nothing farther away was looked at' }),
  limit_reached: z.boolean().openapi({ description: 'Others are as near, and not in the list' }),
  observed_at: instant.nullable().openapi({ description: 'The oldest observation among what is listed' }),
  systems: z.array(placeSystem).openapi({ description: 'Those of what is listed' }),
};

export const nearestStations = z
  .object({ ...searched, stations: z.array(placedStation.extend(distance)) })
  .openapi('NearestStations');
export type NearestStations = z.infer<typeof nearestStations>;

export const nearestVehicles = z
  .object({ ...searched, vehicles: z.array(placedVehicle.extend(distance)) })
  .openapi('NearestVehicles');
export type NearestVehicles = z.infer<typeof nearestVehicles>;
