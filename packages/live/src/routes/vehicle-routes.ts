import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { etag } from 'hono/etag';
import {
  type Vehicle,
  type VehicleFeatures,
  vehicleFeatures,
  vehicles,
  vehicleTypes,
} from '../api/vehicle.ts';
import type { Reader } from '../database/reader.ts';
import { shareAnswers } from '../database/share-answers.ts';
import { expectSystem } from '../questions/expect-system.ts';
import { readVehicleLines, readVehicleTypes } from '../questions/read-vehicles.ts';
import { systemPath } from './parameters.ts';
import { answers, answersWithEtag } from './route-answers.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/vehicles',
  summary: 'Current vehicles of a system, without ids',
  request: { params: systemPath },
  middleware: etag(),
  responses: answersWithEtag('The vehicles, in no order that means anything', vehicles, 'application/json'),
});

const geoJsonRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/vehicles.geojson',
  summary: 'Current vehicles of a system, as GeoJSON',
  request: { params: systemPath },
  middleware: etag(),
  responses: answersWithEtag('A point a vehicle', vehicleFeatures, 'application/geo+json'),
});

const typesRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/vehicle-types',
  summary: 'The vehicle types of a system',
  request: { params: systemPath },
  responses: answers('The types that are valid now, sorted by vehicle_type_id', vehicleTypes),
});

/** All pages of a system ask at once after an event that they could not apply: one reading serves them. */
const SHARED_MS = 1_000;

export function addVehicleRoutes(app: OpenAPIHono, reader: Reader): void {
  const listOf = shareAnswers((systemId) => readList(reader, systemId), SHARED_MS);
  app.openapi(listRoute, async (context) => {
    const { system_id } = context.req.valid('param');
    const { observedAt, version, lines } = await listOf(system_id);
    const head = JSON.stringify({ system_id, observed_at: observedAt, version });
    tag(context, version);
    // The rows are already JSON: parsing and writing 20,000 of them would delay every other request.
    const body = `${head.slice(0, -1)},"vehicles":[${lines.join(',')}]}`;
    return context.body(body, 200, { 'content-type': 'application/json' }) as never;
  });
  app.openapi(geoJsonRoute, async (context) => {
    const { version, lines } = await listOf(context.req.valid('param').system_id);
    tag(context, version);
    return context.json(toGeoJson(lines), 200, { 'content-type': 'application/geo+json' });
  });
  app.openapi(typesRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const vehicle_types = await readVehicleTypes(asked, system_id);
    if (vehicle_types.length === 0) await expectSystem(asked, system_id);
    return context.json({ system_id, vehicle_types }, 200);
  });
}

async function readList(reader: Reader, systemId: string) {
  const list = await readVehicleLines(reader, systemId);
  if (list.lines.length === 0) await expectSystem(reader, systemId);
  return list;
}

function tag(context: Context, version: string): void {
  context.header('etag', `W/"${version}"`);
}

function toGeoJson(lines: string[]): VehicleFeatures {
  return {
    type: 'FeatureCollection',
    features: lines.map((line) => {
      const { lat, lon, ...properties } = JSON.parse(line) as Vehicle;
      return {
        type: 'Feature',
        geometry: lat === null || lon === null ? null : { type: 'Point', coordinates: [lon, lat] },
        properties,
      };
    }),
  };
}
