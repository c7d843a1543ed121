import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { outages } from '../api/outage.ts';
import { cursorText, readCursor, START } from '../database/cursor.ts';
import type { Reader } from '../database/reader.ts';
import { expectSystem } from '../questions/expect-system.ts';
import { readOutages } from '../questions/past/read-outages.ts';
import { flaggedQuery, systemPath } from './parameters.ts';
import { answers } from './route-answers.ts';
import { pageQuery, readWindow } from './window-query.ts';

const WINDOW_DAYS_MAX = 31;

const outagesRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/outages',
  summary: 'Outages: when stations were empty, full or closed, page by page',
  description: `Every outage that overlaps the window, which may be ${WINDOW_DAYS_MAX} days long. Ask for each page with the same \`from\` and \`to\`.`,
  request: { params: systemPath, query: pageQuery.extend(flaggedQuery.shape) },
  responses: answers('A page of outages, in order of (from_at, station_id)', outages),
});

export function addOutageRoutes(app: OpenAPIHono, reader: Reader): void {
  app.openapi(outagesRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const { limit, after: given, leave_out_flagged, ...query } = context.req.valid('query');
    const after = given === undefined ? START : readCursor(given, 'after');
    const window = readWindow(query, { days: WINDOW_DAYS_MAX });
    const found = await readOutages(asked, {
      systemId: system_id,
      window,
      after,
      limit: limit + 1,
      leaveOutFlagged: leave_out_flagged === 'true',
    });
    if (found.length === 0) await expectSystem(asked, system_id);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const hasMore = found.length > page.length && last !== undefined;
    const next = hasMore ? cursorText({ atMs: Date.parse(last.from_at), stationId: last.station_id }) : null;
    const [from, to] = [window.from.toISOString(), window.to.toISOString()];
    return context.json({ system_id, from, to, outages: page, next }, 200);
  });
}
