import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { FEED_NAMES, type FeedName } from '../documents/gbfs-documents.ts';
import type { FeedAnswer, PublishedSystem } from '../published-system.ts';
import { type Answer, type SimulatorContext, sendAnswer, sendSpoiled } from './answers.ts';
import { type FaultBoard, faultOrder } from './faults.ts';
import { indexPage } from './index-page.ts';
import { spoilDocument } from './spoiled-content.ts';

/** A request for a feed, reported before it is answered. */
export type FeedRequest = {
  system_id: string;
  feed: FeedName;
  at: Date;
  headers: Record<string, string>;
  /** Faults that the answer will have; empty for a correct answer. */
  faults: string[];
};

export type AppSettings = {
  systems: ReadonlyMap<string, PublishedSystem>;
  faults: FaultBoard;
  now: () => number;
  onRequest: (request: FeedRequest) => void;
  /** Aborts answers that still wait or hang. */
  closing: AbortSignal;
};

/** The routes: `/`, `/systems.json`, `/control/faults` and `/<system>/<feed>.json`. */
export function createApp(settings: AppSettings): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.get('/', (context) => context.html(indexPage(settings.systems.values())));
  app.get('/systems.json', (context) => context.json(systemsFile(settings.systems.values())));
  app.get('/control/faults', (context) => context.json(settings.faults.active()));
  app.post('/control/faults', (context) => orderFaults(context, settings));
  app.get('/:system/:file{[a-z_]+\\.json}', (context) => answerFeed(context, settings));
  app.onError((error, context) => {
    if (error instanceof HTTPException) return context.json({ error: error.message }, error.status);
    throw error;
  });
  return app;
}

/** All systems in the format of Velolog's `systems.json`. */
export function systemsFile(systems: Iterable<PublishedSystem>): {
  systems: { id: string; discovery_url: string }[];
} {
  return {
    systems: Array.from(systems, ({ system, discoveryUrl }) => ({
      id: system.system_id,
      discovery_url: discoveryUrl,
    })),
  };
}

async function orderFaults(context: SimulatorContext, { faults, systems }: AppSettings): Promise<Response> {
  const body: unknown = await context.req.json().catch(() => {
    throw new HTTPException(400, { message: 'The body is not JSON' });
  });
  const order = faultOrder.safeParse(body);
  if (!order.success) throw new HTTPException(400, { message: z.prettifyError(order.error) });
  const { system_id, faults: wanted } = order.data;
  if (system_id !== '*' && !systems.has(system_id)) throw noSystem(system_id);
  faults.set(system_id, wanted);
  return context.json(faults.active());
}

async function answerFeed(context: SimulatorContext, settings: AppSettings): Promise<Response> {
  const { system: systemId = '', file = '' } = context.req.param();
  const system = settings.systems.get(systemId);
  if (!system) throw noSystem(systemId);
  const feed = FEED_NAMES.find((name) => `${name}.json` === file);
  const at = settings.now();
  const published = feed ? system.answer(feed, at) : null;
  if (!feed || !published) throw new HTTPException(404, { message: `${systemId} has no feed ${file}` });
  const { transport, content } = settings.faults.take(systemId, feed);
  const spoiledBy = (transport ? [transport, ...content] : content).map(({ kind }) => kind);
  settings.onRequest({
    system_id: systemId,
    feed,
    at: new Date(at),
    headers: context.req.header(),
    faults: spoiledBy,
  });
  const answer =
    content.length > 0 ? withContent(spoilDocument(published.document(), content)) : whole(published);
  if (transport) return sendSpoiled(context, transport, answer, settings.closing);
  return sendAnswer(context, answer);
}

function whole({ etag, lastModifiedMs, body }: FeedAnswer): Answer {
  return { validators: { etag, lastModifiedMs }, body };
}

/** Faulty content has no validators, so that no reader can get a 304 for the true document because of it. */
function withContent(document: object): Answer {
  const text = Buffer.from(JSON.stringify(document));
  return { validators: null, body: () => Promise.resolve(text), plainOnly: true };
}

function noSystem(systemId: string): HTTPException {
  return new HTTPException(404, { message: `There is no simulated system ${systemId}` });
}
