import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { etag } from 'hono/etag';
import { notFound } from '../api/api-problem.ts';
import { alerts, documents, documentVersion, zones } from '../api/document.ts';
import type { Reader } from '../database/reader.ts';
import { expectSystem } from '../questions/expect-system.ts';
import { readAlerts, readDocument, readDocuments, readZones } from '../questions/read-documents.ts';
import { documentPath, systemPath } from './parameters.ts';
import { answers, answersWithEtag } from './route-answers.ts';
import { readAt, time } from './window-query.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/documents',
  summary: 'Documents of a system: alerts, zones, prices, regions, vehicle types, opening hours',
  request: { params: systemPath },
  responses: answers('The newest version of each, sorted by feed', documents),
});

const oneRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/documents/{feed}',
  summary: 'The entries of one document, as they are now or were at a time',
  request: {
    params: documentPath,
    query: z.object({ at: time('Default: now') }),
  },
  responses: answers('The version that was valid at that time', documentVersion),
});

const alertsRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/alerts',
  summary: 'Alerts of the operator that are not over, as last heard',
  description: 'Alerts whose time is over are left out; future ones are included.',
  request: { params: systemPath },
  responses: answers('The announcements, in order of alert_id', alerts),
});

const zonesRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/zones',
  summary: 'Geofencing zones: what is allowed where, as GeoJSON',
  request: { params: systemPath },
  middleware: etag(),
  responses: answersWithEtag('The zones, the deciding one first', zones, 'application/geo+json'),
});

export function addDocumentRoutes(app: OpenAPIHono, reader: Reader): void {
  app.openapi(listRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const documents = await readDocuments(asked, system_id);
    if (documents.length === 0) await expectSystem(asked, system_id);
    return context.json({ system_id, documents }, 200);
  });
  app.openapi(oneRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id, feed } = context.req.valid('param');
    const { at } = context.req.valid('query');
    const moment = at === undefined ? new Date() : readAt(at);
    const found = await readDocument(asked, { systemId: system_id, feed, at: moment });
    if (found === null) {
      await expectSystem(asked, system_id);
      throw notFound(
        `The system ${JSON.stringify(system_id)} had no ${feed} then; /documents lists what it has`,
      );
    }
    return context.json({ system_id, feed, ...found }, 200);
  });
  app.openapi(alertsRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const found = await readAlerts(asked, system_id);
    if (found.alerts.length === 0) await expectSystem(asked, system_id);
    return context.json({ system_id, ...found }, 200);
  });
  app.openapi(zonesRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const zones = await readZones(asked, system_id);
    if (zones.features.length === 0) await expectSystem(asked, system_id);
    return context.json(zones, 200, { 'content-type': 'application/geo+json' });
  });
}
