import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { change } from '../api/change.ts';
import { csvRow } from '../api/csv.ts';
import { station } from '../api/station.ts';
import { type Cursor, START } from '../database/cursor.ts';
import type { Reader } from '../database/reader.ts';
import type { Window } from '../database/window.ts';
import { expectSystem } from '../questions/expect-system.ts';
import { readChanges } from '../questions/past/read-changes.ts';
import { readStations } from '../questions/read-stations.ts';
import { systemPath } from './parameters.ts';
import { PROBLEMS } from './route-answers.ts';
import { readWindow, untilNewest, windowQuery } from './window-query.ts';

const CHANGES_DAYS_MAX = 31;
const PAGE_ROWS = 5_000;

const csvAnswer = (description: string) => ({
  200: { description, content: { 'text/csv': { schema: z.string() } } },
  ...PROBLEMS,
});

const stationsRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/stations.csv',
  summary: 'Current state of all stations of a system, as CSV',
  request: { params: systemPath },
  responses: csvAnswer('One line per station, after a header line'),
});

const changesRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/changes.csv',
  summary: 'Changes in a time window, as CSV',
  description: `The window may be ${CHANGES_DAYS_MAX} days long.`,
  request: { params: systemPath, query: windowQuery },
  responses: csvAnswer('One line per change, oldest first, after a header line'),
});

const STATION_NAMES = Object.keys(station.shape) as (keyof typeof station.shape)[];
const CHANGE_NAMES = Object.keys(change.shape) as (keyof typeof change.shape)[];

export function addExportRoutes(app: OpenAPIHono, reader: Reader): void {
  app.openapi(stationsRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const stations = await readStations(asked, system_id);
    if (stations.length === 0) await expectSystem(asked, system_id);
    const rows = stations.map((row) => csvRow(STATION_NAMES.map((name) => row[name])));
    return context.body(csvRow(STATION_NAMES) + rows.join(''), 200, csvHeaders(`${system_id}-stations`));
  });
  app.openapi(changesRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const query = context.req.valid('query');
    const window = untilNewest(readWindow(query, { days: CHANGES_DAYS_MAX }), query.to);
    const pages = changePages(asked, system_id, window);
    // Reads the first page before sending headers, while errors can still be reported.
    const first = await pages.next();
    return context.body(streamOf(first, pages), 200, csvHeaders(`${system_id}-changes`));
  });
}

async function* changePages(reader: Reader, systemId: string, window: Window): AsyncGenerator<string> {
  let after: Cursor = START;
  let page = await readChanges(reader, { systemId, window, after, limit: PAGE_ROWS });
  if (page.length === 0) await expectSystem(reader, systemId);
  yield csvRow(CHANGE_NAMES);
  for (;;) {
    yield page.map((row) => csvRow(CHANGE_NAMES.map((name) => row[name]))).join('');
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = { atMs: Date.parse(last.observed_at), stationId: last.station_id };
    page = await readChanges(reader, { systemId, window, after, limit: PAGE_ROWS });
  }
}

/** As fast as the client reads: a page is read when the one before has been sent. */
function streamOf(first: IteratorResult<string>, pages: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode(first.value)),
    pull: async (controller) => {
      const { done, value } = await pages.next();
      if (done) controller.close();
      else if (value !== '') controller.enqueue(encoder.encode(value));
    },
    cancel: async () => void (await pages.return(undefined)),
  });
}

function csvHeaders(name: string): Record<string, string> {
  return {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}.csv"`,
  };
}
