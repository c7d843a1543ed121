import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { feeds } from '../api/feed.ts';
import { type System, systemDetail, systems } from '../api/system.ts';
import type { Reader } from '../database/reader.ts';
import { shareAnswers } from '../database/share-answers.ts';
import { expectSystem, unknownSystem } from '../questions/expect-system.ts';
import { readFeeds } from '../questions/read-feeds.ts';
import { readOfferWithoutFlagged, readSystems } from '../questions/read-systems.ts';
import { packOnce, sendPacked } from './packed-answer.ts';
import { flaggedQuery, systemPath, systemsQuery } from './parameters.ts';
import { answers } from './route-answers.ts';
import { selectSystems } from './select-systems.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems',
  summary: 'Recorded systems with their totals: all, or those that match a search',
  request: { query: systemsQuery },
  responses: answers('The systems, in order of system_id', systems),
});

const oneRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}',
  summary: 'One system and the health of its feeds',
  request: { params: systemPath, query: flaggedQuery },
  responses: answers('The system', systemDetail),
});

const feedsRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/feeds',
  summary: 'Health of the feeds of a system',
  request: { params: systemPath },
  responses: answers('The feeds, in order of their names', feeds),
});

/** Totals of a whole catalogue are read once for all pages that ask. */
const SHARED_MS = 1_000;

export function shareSystems(reader: Reader): () => Promise<System[]> {
  const shared = shareAnswers(() => readSystems(reader), SHARED_MS);
  return () => shared('');
}

export function addSystemRoutes(app: OpenAPIHono, reader: Reader, allSystems: () => Promise<System[]>): void {
  const wholeList = shareAnswers(
    async () => packOnce(JSON.stringify({ systems: await allSystems() })),
    SHARED_MS,
  );
  app.openapi(listRoute, async (context) => {
    const query = context.req.valid('query');
    context.header('cache-control', 'public, max-age=2');
    if (Object.values(query).every((value) => value === undefined))
      return sendPacked(context, await wholeList('')) as never;
    return context.json({ systems: selectSystems(await allSystems(), query) }, 200);
  });
  app.openapi(oneRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const [[system], feeds] = await Promise.all([readSystems(asked, system_id), readFeeds(asked, system_id)]);
    if (system === undefined) throw unknownSystem(system_id);
    const withoutFlagged = context.req.valid('query').leave_out_flagged === 'true';
    const offer = withoutFlagged ? await readOfferWithoutFlagged(asked, system_id) : {};
    context.header('cache-control', 'public, max-age=2');
    return context.json({ ...system, ...offer, feeds }, 200);
  });
  app.openapi(feedsRoute, async (context) => {
    const asked = reader.until(context.req.raw.signal);
    const { system_id } = context.req.valid('param');
    const feeds = await readFeeds(asked, system_id);
    if (feeds.length === 0) await expectSystem(asked, system_id);
    context.header('cache-control', 'public, max-age=2');
    return context.json({ system_id, feeds }, 200);
  });
}
