import { OpenAPIHono } from '@hono/zod-openapi';
import type { Logger } from '@velolog/worker/logger';
import type { Context, MiddlewareHandler } from 'hono';
import { except } from 'hono/combine';
import { compress } from 'hono/compress';
import { cors } from 'hono/cors';
import { ApiProblem } from './api/api-problem.ts';
import type { PageConfig } from './api/page-config.ts';
import { explainFailure } from './database/explain-failure.ts';
import type { Reader } from './database/reader.ts';
import type { EventHub } from './events/event-hub.ts';
import type { LiveMetrics } from './metrics.ts';
import { describeApi } from './routes/api-document.ts';
import { addBoxRoutes } from './routes/box-routes.ts';
import { addChangeRoutes } from './routes/change-routes.ts';
import { addDocumentRoutes } from './routes/document-routes.ts';
import { addEventRoutes } from './routes/event-routes.ts';
import { addExportRoutes } from './routes/export-routes.ts';
import { addForecastRoutes } from './routes/forecast-routes.ts';
import { addGbfsRoutes, type GbfsOptions } from './routes/gbfs-routes.ts';
import { addHistoryRoutes } from './routes/history-routes.ts';
import { checkParameters } from './routes/known-parameters.ts';
import { addNearestRoutes } from './routes/nearest-routes.ts';
import { addOutageRoutes } from './routes/outage-routes.ts';
import { addPageRoutes } from './routes/page-routes.ts';
import { addQualityRoutes } from './routes/quality-routes.ts';
import { addStationRoutes } from './routes/station-routes.ts';
import { addSystemRoutes, shareSystems } from './routes/system-routes.ts';
import { addVehicleRoutes } from './routes/vehicle-routes.ts';

export type AppContext = {
  reader: Reader;
  hub: EventHub;
  metrics: LiveMetrics;
  log: Logger;
  corsOrigins: string[];
  page: PageConfig;
  gbfs: GbfsOptions;
};

const PAGE_FOLDER = new URL('../dist/', import.meta.url);

/** The HTTP API and the page, without a server. */
export function createApp({ reader, hub, metrics, log, corsOrigins, page, gbfs }: AppContext): OpenAPIHono {
  const app: OpenAPIHono = new OpenAPIHono({
    // Runs for every route that declares its parameters, and all do.
    defaultHook: (result, context) => {
      expectKnown(context);
      if (!result.success) throw problemOf(result.error.issues[0]);
    },
  });
  const expectKnown = checkParameters(app);
  app.use(async (context, next) => {
    const stop = metrics.request_seconds.startTimer();
    await next();
    const route = context.req.routePath;
    if (!route.endsWith('/events')) stop({ route, status: context.res.status });
  });
  app.use(compress());
  if (corsOrigins.length > 0) {
    app.use('/api/*', except(sendsEvents, corsFor(corsOrigins)));
    app.use('/gbfs/*', corsFor(corsOrigins));
  }
  app.use('/api/v1/*', except(isEvents, revalidate, varyByEncoding));
  app.use('/gbfs/*', varyByEncoding);
  const allSystems = shareSystems(reader);
  addSystemRoutes(app, reader, allSystems);
  addBoxRoutes(app, reader, allSystems);
  addNearestRoutes(app, reader, allSystems);
  addStationRoutes(app, reader);
  addVehicleRoutes(app, reader);
  addDocumentRoutes(app, reader);
  addChangeRoutes(app, reader);
  addHistoryRoutes(app, reader);
  addExportRoutes(app, reader);
  addOutageRoutes(app, reader);
  addForecastRoutes(app, reader);
  addQualityRoutes(app, reader);
  addGbfsRoutes(app, reader, gbfs);
  addEventRoutes(app, { reader, hub, corsOrigins });
  addPageRoutes(app, PAGE_FOLDER, page);
  app.get('/api/v1/openapi.json', (context) => context.json(describeApi(app)));
  answerProblems(app, log);
  return app;
}

/** Answers with a problem (RFC 9457) if there is nothing at a path, or if something failed. */
function answerProblems(app: OpenAPIHono, log: Logger): void {
  app.notFound((context) => {
    if (!READS.includes(context.req.method)) return answer(onlyReads(context.req.method));
    return answer(
      new ApiProblem({
        title: 'Not found',
        status: 404,
        detail: `There is no ${context.req.path}; /api/v1/openapi.json lists all paths`,
      }),
    );
  });
  app.onError((error, context) => {
    // Nobody reads this answer. It exists for the request metric, where it must not count as a failure.
    if (context.req.raw.signal.aborted) return new Response(null, { status: CLIENT_LEFT });
    const explained = explainFailure(error);
    if (explained instanceof ApiProblem) return answer(explained);
    log.error(
      { event: 'mistake', err: error, path: context.req.path },
      'an error in Velolog: please report it',
    );
    return answer(
      new ApiProblem({
        title: 'Internal error',
        status: 500,
        detail: 'The server failed; its log has the details',
      }),
    );
  });
}

const READS = ['GET', 'HEAD'];

function onlyReads(method: string): ApiProblem {
  return new ApiProblem(
    {
      title: 'Method not allowed',
      status: 405,
      detail: `${method} is not possible here: everything can only be read, with GET or HEAD`,
    },
    { allow: READS.join(', ') },
  );
}

/** The status that nginx uses for clients that did not wait. */
const CLIENT_LEFT = 499;

/** Event streams write their answers themselves: a middleware that adds to the answer would begin another. */
function isEvents(context: Context): boolean {
  return /^\/api\/v1\/systems\/[^/]+\/events$/.test(context.req.path);
}

/** A browser asks before, by OPTIONS, whether it may send Last-Event-ID: that answer is no stream. */
const sendsEvents = (context: Context) => isEvents(context) && context.req.method !== 'OPTIONS';

/** A cached answer is revalidated each time, unless its route says how long it may be used. */
const revalidate: MiddlewareHandler = async (context, next) => {
  await next();
  if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-cache');
};

/** `compress` says so only where it could compress. A 304 and HEAD must name the same headers as the whole answer. */
const varyByEncoding: MiddlewareHandler = async (context, next) => {
  await next();
  const varies = context.res.headers.get('vary');
  if (!/accept-encoding/i.test(varies ?? '')) context.header('vary', 'Accept-Encoding', { append: true });
};

function corsFor(origins: string[]): MiddlewareHandler {
  return cors({
    origin: origins.includes('*') ? '*' : origins,
    allowMethods: ['GET', 'HEAD'],
    exposeHeaders: ['etag', 'retry-after'],
  });
}

function answer({ problem, headers }: ApiProblem): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  });
}

type Issue = { path: PropertyKey[]; message: string; code?: string; maximum?: number | bigint };

function problemOf(issue: Issue | undefined): ApiProblem {
  const parameter = String(issue?.path[0] ?? 'request');
  const limit = issue?.code === 'too_big' ? Number(issue.maximum) : undefined;
  return new ApiProblem({
    title: 'Bad request',
    status: 400,
    detail: `${parameter}: ${issue?.message ?? 'cannot be read'}`,
    parameter,
    ...(limit !== undefined && { limit }),
  });
}
