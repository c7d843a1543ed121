import { createHash } from 'node:crypto';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { etag } from 'hono/etag';
import { badParameter } from '../api/api-problem.ts';
import type { Reader } from '../database/reader.ts';
import { feedDocument, feedsOf, startOfWindow } from '../gbfs/feed-document.ts';
import { shareReading } from '../gbfs/gbfs-reading.ts';
import { type GbfsVersion, SERVED_VERSIONS } from '../gbfs/gbfs-version.ts';
import { writeDocument } from '../gbfs/publication.ts';
import { expectLicence, isServed, type Shared } from '../gbfs/served-systems.ts';
import { licenceNotice } from '../gbfs/system-documents.ts';
import { unknownSystem } from '../questions/expect-system.ts';
import { readGbfsSystems } from '../questions/gbfs/read-gbfs-system.ts';
import { systemPath } from './parameters.ts';
import { answersWithEtag, PROBLEMS } from './route-answers.ts';
import { readAt, time } from './window-query.ts';

export type GbfsOptions = {
  /** The URL of this server for its clients; when undefined, the URL of the request. */
  url: string | undefined;
  contactEmail: string | undefined;
  shared: Shared;
};

const document = z.object({}).loose().openapi('GbfsDocument', { description: 'As gbfs.org specifies it' });
const problemContent = PROBLEMS[404].content;

const GBFS_PROBLEMS = {
  ...PROBLEMS,
  403: { description: 'The licence does not allow passing the data on', content: problemContent },
  404: { description: 'No such system, or that time was not observed', content: problemContent },
  410: { description: 'The data of that time is no longer kept', content: problemContent },
};
const GBFS_ANSWERS = { ...answersWithEtag('The document', document, 'application/json'), ...GBFS_PROBLEMS };

const atQuery = z.object({
  at: time('The system as it was at this time. Default: now'),
});

const manifestRoute = createRoute({
  method: 'get',
  path: '/gbfs/manifest.json',
  summary: 'GBFS manifest: the discovery files of all systems that are published again',
  request: { query: z.object({}) },
  middleware: etag(),
  responses: GBFS_ANSWERS,
});

const licenceRoute = createRoute({
  method: 'get',
  path: '/gbfs/{system_id}/licence.txt',
  summary: 'The licence terms as far as known, for a system that names none',
  request: { params: systemPath },
  responses: {
    ...GBFS_PROBLEMS,
    200: { description: 'One sentence', content: { 'text/plain': { schema: z.string() } } },
  },
});

function feedRoute({ version }: GbfsVersion, file: string) {
  return createRoute({
    method: 'get',
    path: `/gbfs/{system_id}/${version}/${file}.json`,
    summary: `GBFS ${version} ${file} of a recorded system, now or as it was`,
    request: { params: systemPath, query: atQuery },
    middleware: etag(),
    responses: GBFS_ANSWERS,
  });
}

const NOW_AGE_SECONDS = 5;
/** An import may still add to a past time, and a system may be forgotten. */
const PAST_AGE_SECONDS = 300;

/** The recorded systems as GBFS, now and as they were. */
export function addGbfsRoutes(app: OpenAPIHono, reader: Reader, options: GbfsOptions): void {
  const { shared, contactEmail } = options;
  const reading = shareReading(reader);
  const originOf = (context: Context) => options.url?.replace(/\/+$/, '') ?? new URL(context.req.url).origin;
  for (const version of SERVED_VERSIONS) {
    for (const file of Object.keys(feedsOf(version))) {
      app.openapi(feedRoute(version, file), async (context) => {
        const at = readMoment(context.req.valid('query').at);
        const { system_id } = context.req.valid('param');
        const body = await feedDocument(reading, {
          systemId: system_id,
          version,
          file,
          at,
          publisher: { origin: originOf(context), contactEmail },
          shared,
        });
        context.header('etag', tagOf(body));
        context.header(
          'cache-control',
          `public, max-age=${at === null ? NOW_AGE_SECONDS : PAST_AGE_SECONDS}`,
        );
        return context.body(body, 200, { 'content-type': 'application/json' }) as never;
      });
    }
  }
  app.openapi(manifestRoute, async (context) => {
    const origin = originOf(context);
    const systems = (await readGbfsSystems(reader)).filter((system) => isServed(system, shared));
    const datasets = systems.map(({ system_id }) => ({
      system_id,
      versions: SERVED_VERSIONS.map(({ version }) => ({
        version,
        url: `${origin}/gbfs/${encodeURIComponent(system_id)}/${version}/gbfs.json`,
      })),
    }));
    const newest = SERVED_VERSIONS.at(-1) as GbfsVersion;
    const body = writeDocument(newest, { lastUpdated: startOfWindow(), ttlSeconds: 300, data: { datasets } });
    context.header('cache-control', `public, max-age=${NOW_AGE_SECONDS}`);
    return context.body(body, 200, { 'content-type': 'application/json' }) as never;
  });
  app.openapi(licenceRoute, async (context) => {
    const { system_id } = context.req.valid('param');
    const system = await reading.system(system_id);
    if (system === null) throw unknownSystem(system_id);
    expectLicence(system, shared);
    return context.text(licenceNotice(system), 200);
  });
}

function tagOf(body: string): string {
  // Weak, because the answer may be sent compressed.
  return `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/** @throws ApiProblem when the time is in the future */
function readMoment(at: string | undefined): Date | null {
  if (at === undefined) return null;
  const moment = readAt(at);
  if (moment.getTime() > Date.now()) throw badParameter('at', `is in the future (${moment.toISOString()})`);
  return moment;
}
