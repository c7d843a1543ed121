import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { etag } from 'hono/etag';
import { placedStations, placedVehicles } from '../api/place.ts';
import type { System } from '../api/system.ts';
import type { Reader } from '../database/reader.ts';
import { type Box, readBox } from '../geography/box.ts';
import { clusterStationsIn, readStationsIn } from '../questions/place/read-placed-stations.ts';
import { clusterVehiclesIn, readVehiclesIn } from '../questions/place/read-placed-vehicles.ts';
import { placeQuery } from './place-query.ts';
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
import { answersWithEtag } from './route-answers.ts';

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

type AllSystems = () => Promise<System[]>;

const OF_A_PLACE = 'public, max-age=2';

export function addBoxRoutes(app: OpenAPIHono, reader: Reader, allSystems: AllSystems): void {
  addStationsIn(app, reader, allSystems);
  addVehiclesIn(app, reader, allSystems);
}

function addStationsIn(app: OpenAPIHono, reader: Reader, allSystems: AllSystems): void {
  app.openapi(stationsRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { bbox, limit } = context.req.valid('query');
    const box = readBox(bbox);
    const systems = withStations(systemsIn(box, await allSystems()));
    const named = lateByStations(systems);
    const { whole, cut } = wholeAndCut(box, systems);
    const { rows, clusters, clusters_of } = await rowsOrClusters(limit, {
      isTooLarge: isLarge(whole, ({ stations }) => stations),
      readRows: () => readStationsIn(asked, box, named, limit + 1),
      clusterSystems: async () => [
        ...whole.flatMap((system) => stationClusterOf(system) ?? []),
        ...(await clusterStationsIn(asked, box, lateByStations(cut), 'system')),
      ],
      clusterCells: () => clusterStationsIn(asked, box, named, 'cell'),
    });
    context.header('cache-control', OF_A_PLACE);
    return context.json(
      {
        ...{ bbox: cornersOf(box), limit, limit_reached: clusters_of !== null, clusters_of },
        matched: clusters_of === null ? rows.length : clusters.reduce((sum, one) => sum + one.stations, 0),
        systems: systems.map(placeSystemOf),
        stations: rows.sort(byId),
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
    const { rows, clusters, clusters_of } = await rowsOrClusters(limit, {
      isTooLarge: isLarge(whole, vehiclesOf),
      readRows: () => readVehiclesIn(asked, box, named, limit + 1),
      clusterSystems: async () => [
        ...whole.flatMap((system) => vehicleClusterOf(system) ?? []),
        ...(await clusterVehiclesIn(asked, box, lateByVehicles(cut), 'system')),
      ],
      clusterCells: () => clusterVehiclesIn(asked, box, named, 'cell'),
    });
    context.header('cache-control', OF_A_PLACE);
    return context.json(
      {
        ...{ bbox: cornersOf(box), limit, limit_reached: clusters_of !== null, clusters_of },
        matched: clusters_of === null ? rows.length : clusters.reduce((sum, one) => sum + one.vehicles, 0),
        systems: systems.map(placeSystemOf),
        vehicles: rows,
        clusters,
      },
      200,
    );
  });
}

type RowsOrClusters<Row, Cluster> = {
  rows: Row[];
  clusters: Cluster[];
  /** Null when all rows are listed. */
  clusters_of: 'systems' | 'cells' | null;
};

/** All rows in a box, or clusters when there are more than `limit`. `readRows` reads one row more than that, which shows that there are more. */
async function rowsOrClusters<Row, Cluster>(
  limit: number,
  box: {
    /** Even reading that many rows would take too long. */
    isTooLarge: boolean;
    readRows: () => Promise<Row[]>;
    clusterSystems: () => Promise<Cluster[]>;
    clusterCells: () => Promise<Cluster[]>;
  },
): Promise<RowsOrClusters<Row, Cluster>> {
  if (box.isTooLarge) return { rows: [], clusters: await box.clusterSystems(), clusters_of: 'systems' };
  const rows = await box.readRows();
  if (rows.length <= limit) return { rows, clusters: [], clusters_of: null };
  return { rows: [], clusters: await box.clusterCells(), clusters_of: 'cells' };
}

function cornersOf({ west, south, east, north }: Box): [number, number, number, number] {
  return [west, south, east, north];
}

function byId(left: { system_id: string; station_id: string }, right: typeof left): number {
  if (left.system_id !== right.system_id) return left.system_id < right.system_id ? -1 : 1;
  return left.station_id < right.station_id ? -1 : 1;
}
