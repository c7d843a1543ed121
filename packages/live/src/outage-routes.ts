import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { outages } from './api/outage.ts';
import { readWindow, systemPath, windowQuery } from './parameters.ts';
import { readOutages } from './read-outages.ts';
import type { Reader } from './reader.ts';
import { answers } from './route-answers.ts';
import { expectSystem } from './system-routes.ts';

const WINDOW_DAYS_MAX = 31;

const outagesRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/outages',
  summary: 'When stations were empty, full or closed',
  description: `Every outage that touches the window, which may be ${WINDOW_DAYS_MAX} days long.`,
  request: { params: systemPath, query: windowQuery },
  responses: answers('The outages, in order of (from_at, station_id)', outages),
});

export function addOutageRoutes(app: OpenAPIHono, reader: Reader): void {
  app.openapi(outagesRoute, async (context) => {
    const { system_id } = context.req.valid('param');
    const window = readWindow(context.req.valid('query'), { days: WINDOW_DAYS_MAX });
    const outages = await readOutages(reader, system_id, window);
    if (outages.length === 0) await expectSystem(reader, system_id);
    const [from, to] = [window.from.toISOString(), window.to.toISOString()];
    context.header('cache-control', 'no-cache');
    return context.json({ system_id, from, to, outages }, 200);
  });
}
