import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { etag } from 'hono/etag';
import { nearestStations, nearestVehicles, placedStations, placedVehicles } from '../api/place.ts';
import type { System } from '../api/system.ts';
import type { Reader } from '../database/reader.ts';
import { boxAround, readBox } from '../geography/box.ts';
import {
  clusterStationsIn,
  readStationsIn,
  readStationsNear,
} from '../questions/place/read-placed-stations.ts';
import {
  clusterVehiclesIn,
  readVehiclesIn,
  readVehiclesNear,
} from '../questions/place/read-placed-vehicles.ts';
import { nearestStationsQuery, nearestVehiclesQuery, placeQuery } from './parameters.ts';
import {
  isLarge,
  lateByStations,
  lateByVehicles,
  placeSystemOf,
  stationClusterOf,
  systemsIn,
  vehicleClusterOf,
  vehiclesOf,
  wholeAndCut,
  withStations,
  withVehicles,
} from './place-systems.ts';
import { answers, answersWithEtag } from './route-answers.ts';

const stationsRoute = createRoute({
  method: 'get',
  path: '/api/v1/stations',
  summary: 'Current state of the stations in a box, of all systems',
  request: { query: placeQuery },
  middleware: etag(),
  responses: answersWithEtag(
    'The stations or, where there are very many, clusters of them',
    placedStations,
    'application/json',
  ),
});

const vehiclesRoute = createRoute({
  method: 'get',
  path: '/api/v1/vehicles',
  summary: 'Current vehicles in a box, of all systems, without ids',
  request: { query: placeQuery },
  middleware: etag(),
  responses: answersWithEtag(
    'The vehicles or, where there are very many, clusters of them',
    placedVehicles,
    'application/json',
  ),
});

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
const OF_A_PLACE = 'public, max-age=2';

export function addPlaceRoutes(app: OpenAPIHono, reader: Reader, allSystems: AllSystems): void {
  addStationsIn(app, reader, allSystems);
  addVehiclesIn(app, reader, allSystems);
  addStationsNear(app, reader, allSystems);
  addVehiclesNear(app, reader, allSystems);
}

function addStationsIn(app: OpenAPIHono, reader: Reader, allSystems: AllSystems): void {
  app.openapi(stationsRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { bbox, limit } = context.req.valid('query');
    const box = readBox(bbox);
    const systems = withStations(systemsIn(box, await allSystems()));
    const named = lateByStations(systems);
    const { whole, cut } = wholeAndCut(box, systems);
    const isTooLarge = isLarge(whole, ({ stations }) => stations);
    const stations = isTooLarge ? [] : await readStationsIn(asked, box, named, limit + 1);
    const limit_reached = isTooLarge || stations.length > limit;
    const clusters = isTooLarge
      ? [
          ...whole.flatMap((system) => stationClusterOf(system) ?? []),
          ...(await clusterStationsIn(asked, box, lateByStations(cut), 'system')),
        ]
      : limit_reached
        ? await clusterStationsIn(asked, box, named, 'cell')
        : [];
    context.header('cache-control', OF_A_PLACE);
    return context.json(
      {
        ...foundIn(box, limit, limit_reached, isTooLarge),
        matched: limit_reached ? clusters.reduce((sum, one) => sum + one.stations, 0) : stations.length,
        systems: systems.map(placeSystemOf),
        stations: limit_reached ? [] : stations.sort(byId),
        clusters,
      },
      200,
    );
  });
}

function addVehiclesIn(app: OpenAPIHono, reader: Reader, allSystems: AllSystems): void {
  app.openapi(vehiclesRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { bbox, limit } = context.req.valid('query');
    const box = readBox(bbox);
    const systems = withVehicles(systemsIn(box, await allSystems()));
    const named = lateByVehicles(systems);
    const { whole, cut } = wholeAndCut(box, systems);
    const isTooLarge = isLarge(whole, vehiclesOf);
    const vehicles = isTooLarge ? [] : await readVehiclesIn(asked, box, named, limit + 1);
    const limit_reached = isTooLarge || vehicles.length > limit;
    const clusters = isTooLarge
      ? [
          ...whole.flatMap((system) => vehicleClusterOf(system) ?? []),
          ...(await clusterVehiclesIn(asked, box, lateByVehicles(cut), 'system')),
        ]
      : limit_reached
        ? await clusterVehiclesIn(asked, box, named, 'cell')
        : [];
    context.header('cache-control', OF_A_PLACE);
    return context.json(
      {
        ...foundIn(box, limit, limit_reached, isTooLarge),
        matched: limit_reached ? clusters.reduce((sum, one) => sum + one.vehicles, 0) : vehicles.length,
        systems: systems.map(placeSystemOf),
        vehicles: limit_reached ? [] : vehicles,
        clusters,
      },
      200,
    );
  });
}

function foundIn(
  box: ReturnType<typeof readBox>,
  limit: number,
  limit_reached: boolean,
  isTooLarge: boolean,
) {
  const { west, south, east, north } = box;
  const clusters_of = isTooLarge ? ('systems' as const) : limit_reached ? ('cells' as const) : null;
  const bbox: [number, number, number, number] = [west, south, east, north];
  return { bbox, limit, limit_reached, clusters_of };
}

function byId(left: { system_id: string; station_id: string }, right: typeof left): number {
  if (left.system_id !== right.system_id) return left.system_id < right.system_id ? -1 : 1;
  return left.station_id < right.station_id ? -1 : 1;
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
