import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { changes } from '../api/change.ts';
import { type Cursor, cursorText, readCursor, START } from '../database/cursor.ts';
import type { Reader } from '../database/reader.ts';
import type { Window } from '../database/window.ts';
import { expectSystem } from '../questions/expect-system.ts';
import { readChanges, readObservedWindow } from '../questions/past/read-changes.ts';
import { systemPath } from './parameters.ts';
import { answers } from './route-answers.ts';
import { pageQuery, readWindow, untilNewest } from './window-query.ts';

const WINDOW_DAYS_MAX = 366;

const changesRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/changes',
  summary: 'Changes in a time window or since a cursor, page by page',
  request: { params: systemPath, query: pageQuery },
  responses: answers('A page of changes, oldest first', changes),
});

export function addChangeRoutes(app: OpenAPIHono, reader: Reader): void {
  app.openapi(changesRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const query = context.req.valid('query');
    const after = query.after === undefined ? START : readCursor(query.after, 'after');
    const window =
      query.after !== undefined && query.from === undefined
        ? await windowAfter(asked, system_id, after, query.to)
        : untilNewest(readWindow(query, { days: WINDOW_DAYS_MAX }), query.to);
    const found = await readChanges(asked, { systemId: system_id, window, after, limit: query.limit + 1 });
    if (found.length === 0) await expectSystem(asked, system_id);
    const page = found.slice(0, query.limit);
    const last = page.at(-1);
    const cursor = last
      ? cursorText({ atMs: Date.parse(last.observed_at), stationId: last.station_id })
      : cursorText(after === START ? { atMs: window.from.getTime() - 1, stationId: null } : after);
    return context.json(
      { system_id, changes: page, next: found.length > page.length ? cursor : null, cursor },
      200,
    );
  });
}

/** A client that pages by cursor need not give the start of the window: it is the cursor, within the history. */
async function windowAfter(
  reader: Reader,
  systemId: string,
  after: Cursor,
  to: string | undefined,
): Promise<Window> {
  const window = untilNewest(readWindow({ from: to, to }, { days: 0, defaultHours: 0 }), to);
  const observed = await readObservedWindow(reader, systemId);
  if (observed === null) return window;
  const endMs = Math.min(window.to.getTime(), observed.to.getTime());
  const startMs = Math.max(after.atMs, observed.from.getTime());
  return { from: new Date(Math.min(startMs, endMs)), to: new Date(endMs) };
}
