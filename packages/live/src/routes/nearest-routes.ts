import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { nearestStations, nearestVehicles } from '../api/place.ts';
import type { System } from '../api/system.ts';
import type { Reader } from '../database/reader.ts';
import { boxAround } from '../geography/box.ts';
import { readStationsNear } from '../questions/place/read-placed-stations.ts';
import { readVehiclesNear } from '../questions/place/read-placed-vehicles.ts';
import { nearestStationsQuery, nearestVehiclesQuery } from './place-query.ts';
import {
  lateByStations,
  lateByVehicles,
  placeSystemOf,
  systemsIn,
  withStations,
  withVehicles,
} from './place-systems.ts';
import { answers } from './route-answers.ts';

const nearStationsRoute = createRoute({
  method: 'get',
  path: '/api/v1/stations/nearest',
  summary: 'The nearest stations to a point, of all systems',
  request: { query: nearestStationsQuery },
  responses: answers('The stations, the nearest first', nearestStations),
});

const nearVehiclesRoute = createRoute({
  method: 'get',
  path: '/api/v1/vehicles/nearest',
  summary: 'The nearest vehicles to a point, of all systems, without ids',
  request: { query: nearestVehiclesQuery },
  responses: answers('The vehicles, the nearest first', nearestVehicles),
});

type AllSystems = () => Promise<System[]>;

/** A person's position is used for one request and never stored. */
const OF_A_PERSON = 'private, no-store';

export function addNearestRoutes(app: OpenAPIHono, reader: Reader, allSystems: AllSystems): void {
  addStationsNear(app, reader, allSystems);
  addVehiclesNear(app, reader, allSystems);
}

/** Most people are near something: the whole radius is searched only where there is little. */
const RINGS_METERS = [500, 2_000, 10_000];

function addStationsNear(app: OpenAPIHono, reader: Reader, allSystems: AllSystems): void {
  app.openapi(nearStationsRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { lat, lon, radius_meters, limit, offers } = context.req.valid('query');
    const all = withStations(await allSystems());
    const rows = await inRings(radius_meters, limit, (radiusMeters) => {
      const systems = lateByStations(systemsIn(boxAround({ lat, lon }, radiusMeters), all));
      return readStationsNear(asked, { lat, lon, radiusMeters }, systems, { limit: limit + 1, offers });
    });
    const stations = rows.slice(0, limit);
    const oldest = stations.map(({ observed_at }) => observed_at).sort()[0] ?? null;
    context.header('cache-control', OF_A_PERSON);
    return context.json(
      { ...searched({ lat, lon, radius_meters }, rows, limit, all), observed_at: oldest, stations },
      200,
    );
  });
}

function addVehiclesNear(app: OpenAPIHono, reader: Reader, allSystems: AllSystems): void {
  app.openapi(nearVehiclesRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { lat, lon, radius_meters, limit, state, free } = context.req.valid('query');
    const all = withVehicles(await allSystems());
    const rows = await inRings(radius_meters, limit, (radiusMeters) => {
      const systems = lateByVehicles(systemsIn(boxAround({ lat, lon }, radiusMeters), all));
      return readVehiclesNear(asked, { lat, lon, radiusMeters }, systems, {
        limit: limit + 1,
        state,
        isFree: free === 'true',
      });
    });
    const vehicles = rows.slice(0, limit);
    const ids = new Set(vehicles.map(({ system_id }) => system_id));
    const times = all.filter(({ system_id }) => ids.has(system_id)).map((one) => one.vehicles_observed_at);
    context.header('cache-control', OF_A_PERSON);
    return context.json(
      {
        ...searched({ lat, lon, radius_meters }, rows, limit, all),
        observed_at: times.filter((time) => time !== null).sort()[0] ?? null,
        vehicles,
      },
      200,
    );
  });
}

async function inRings<Row>(
  radiusMeters: number,
  limit: number,
  read: (radiusMeters: number) => Promise<Row[]>,
): Promise<Row[]> {
  for (const ring of RINGS_METERS.filter((ring) => ring < radiusMeters)) {
    const rows = await read(ring);
    if (rows.length > limit) return rows;
  }
  return await read(radiusMeters);
}

function searched(
  place: { lat: number; lon: number; radius_meters: number },
  rows: { system_id: string }[],
  limit: number,
  all: System[],
) {
  const listed = new Set(rows.slice(0, limit).map(({ system_id }) => system_id));
  return {
    ...place,
    limit_reached: rows.length > limit,
    systems: all.filter(({ system_id }) => listed.has(system_id)).map(placeSystemOf),
  };
}
