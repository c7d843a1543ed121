import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { etag } from 'hono/etag';
import {
  type Station,
  type StationDetail,
  type StationFeatures,
  stationDetail,
  stationFeatures,
  stations,
} from '../api/station.ts';
import { cursorAt } from '../database/cursor.ts';
import type { Reader } from '../database/reader.ts';
import { expectSystem, unknownStation } from '../questions/expect-system.ts';
import { newestObservation, readSnapshot, readStation } from '../questions/read-stations.ts';
import { stationPath, stationQuery, systemPath } from './parameters.ts';
import { answers, answersWithEtag } from './route-answers.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/stations',
  summary: 'Current state of all stations of a system',
  request: { params: systemPath },
  middleware: etag(),
  responses: answersWithEtag('The stations, in order of station_id', stations, 'application/json'),
});

const geoJsonRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/stations.geojson',
  summary: 'Current state of all stations of a system, as GeoJSON',
  request: { params: systemPath },
  middleware: etag(),
  responses: answersWithEtag('A point a station', stationFeatures, 'application/geo+json'),
});

const oneRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/stations/{station_id}',
  summary: 'Current state of one station',
  request: { params: stationPath },
  responses: answers('The station', stationDetail),
});

const anyOneRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/station',
  summary:
    'Current state of one station, with its id in the query: for ids such as `.` and `..`, which a path cannot contain',
  request: { params: systemPath, query: stationQuery },
  responses: answers('The station', stationDetail),
});

export function addStationRoutes(app: OpenAPIHono, reader: Reader): void {
  app.openapi(listRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const { stations, observed_at, information_version } = await readAll(asked, system_id);
    context.header('etag', `W/"${cursorAt(observed_at)}-${information_version}"`);
    return context.json(
      { system_id, observed_at, cursor: cursorAt(observed_at), information_version, stations },
      200,
    );
  });
  app.openapi(geoJsonRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const { stations, observed_at, information_version } = await readAll(asked, system_id);
    context.header('etag', `W/"${cursorAt(observed_at)}-${information_version}"`);
    return context.json(toGeoJson(stations), 200, { 'content-type': 'application/geo+json' });
  });
  app.openapi(oneRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id, station_id } = context.req.valid('param');
    const one = await readOne(asked, system_id, station_id);
    return context.json(one, 200);
  });
  app.openapi(anyOneRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const one = await readOne(asked, system_id, context.req.valid('query').id);
    return context.json(one, 200);
  });
}

async function readOne(reader: Reader, systemId: string, stationId: string): Promise<StationDetail> {
  const found = await readStation(reader, systemId, stationId);
  if (found === undefined) throw await unknownStation(reader, systemId, stationId);
  return found;
}

async function readAll(reader: Reader, systemId: string) {
  const { stations, information_version } = await readSnapshot(reader, systemId);
  if (stations.length === 0) await expectSystem(reader, systemId);
  return { stations, information_version, observed_at: newestObservation(stations) };
}

function toGeoJson(stations: Station[]): StationFeatures {
  return {
    type: 'FeatureCollection',
    features: stations.map(({ lat, lon, ...properties }) => ({
      type: 'Feature',
      id: properties.station_id,
      geometry: lat === null || lon === null ? null : { type: 'Point', coordinates: [lon, lat] },
      properties,
    })),
  };
}
