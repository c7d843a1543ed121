import type { ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { healthEvent, stationsEvent, vehiclesEvent } from '../api/events.ts';
import { readCursor } from '../database/cursor.ts';
import type { Reader } from '../database/reader.ts';
import type { EventHub } from '../events/event-hub.ts';
import { expectSystem, unknownSystem } from '../questions/expect-system.ts';
import { systemPath } from './parameters.ts';
import { PROBLEMS } from './route-answers.ts';

const eventsRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/events',
  summary: 'Changes as they happen: server-sent events',
  description:
    'There are three kinds of events: `stations` (StationsEvent), `vehicles` (VehiclesEvent) and `health` (HealthEvent). The id of each event is a ' +
    'cursor. A client that reconnects with `Last-Event-ID`, as browsers do, or connects with `after`, first gets what it missed of stations. ' +
    'Without either, it gets what happens from now on. `health` says which list of vehicles is the newest. A comment is sent every 20 seconds, ' +
    'and `health` at least once a minute.',
  request: {
    params: systemPath,
    query: z.object({
      after: z
        .string()
        .optional()
        .openapi({ description: 'A cursor: the `cursor` of /stations or the id of an event' }),
      lastEventId: z.string().optional().openapi({
        description: 'The same as the header Last-Event-ID, for clients that cannot set it',
      }),
    }),
    headers: z.object({ 'last-event-id': z.string().optional() }),
  },
  responses: {
    200: {
      description: 'A stream of events, without an end',
      content: { 'text/event-stream': { schema: z.union([stationsEvent, vehiclesEvent, healthEvent]) } },
    },
    ...PROBLEMS,
  },
});

export function addEventRoutes(
  app: OpenAPIHono,
  { reader, hub, corsOrigins }: { reader: Reader; hub: EventHub; corsOrigins: string[] },
): void {
  app.openapi(eventsRoute, async (context) => {
    const { system_id } = context.req.valid('param');
    // If both are given, the browser has reconnected to its original URL.
    const { lastEventId, after } = context.req.valid('query');
    const given = Object.entries({
      'Last-Event-ID': context.req.valid('header')['last-event-id'],
      lastEventId,
      after,
    }).find(([, text]) => text);
    const cursor = given?.[1] ? readCursor(given[1], given[0]) : null;
    const { outgoing } = (context as unknown as Context<{ Bindings: HttpBindings }>).env;
    if (context.req.method === 'HEAD') {
      await expectSystem(reader.until(context.req.raw.signal), system_id);
      return context.body(null, 200, {
        'content-type': 'text/event-stream',
        ...corsHeaders(context.req.header('origin'), corsOrigins),
      });
    }
    // A cursor within a time counts as before all of that time: a part is sent twice, but nothing is missed.
    const positionMs = cursor && (cursor.stationId === null ? cursor.atMs : cursor.atMs - 1);
    const found = await hub.follow(system_id, {
      response: outgoing as ServerResponse,
      headers: corsHeaders(context.req.header('origin'), corsOrigins),
      positionMs,
    });
    if (!found) throw unknownSystem(system_id);
    return RESPONSE_ALREADY_SENT;
  });
}

function corsHeaders(origin: string | undefined, allowed: string[]): Record<string, string> {
  if (allowed.includes('*')) return { 'access-control-allow-origin': '*' };
  if (origin === undefined || !allowed.includes(origin)) return allowed.length > 0 ? { vary: 'Origin' } : {};
  return { 'access-control-allow-origin': origin, vary: 'Origin' };
}
