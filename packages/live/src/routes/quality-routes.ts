import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { quality } from '../api/quality.ts';
import type { Reader } from '../database/reader.ts';
import { unknownSystem } from '../questions/expect-system.ts';
import { readQuality } from '../questions/read-quality.ts';
import { countUpTo, systemPath } from './parameters.ts';
import { qualityReport, REPORT_POLICY } from './quality-report.ts';
import { answers, PROBLEMS } from './route-answers.ts';

const DAYS_MAX = 366;

const query = z.object({
  days: countUpTo(DAYS_MAX, 30, 'Also list issues that ended within this number of days'),
});

const jsonRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/quality',
  summary: 'Problems of the feeds and stations of a system, current and recent',
  request: { params: systemPath, query },
  responses: answers('The issues, open ones first', quality),
});

const pageRoute = createRoute({
  method: 'get',
  path: '/api/v1/systems/{system_id}/quality.html',
  summary: 'The problems as a plain web page, to send to the operator',
  request: { params: systemPath, query },
  responses: {
    200: { description: 'The report', content: { 'text/html': { schema: z.string() } } },
    ...PROBLEMS,
  },
});

export function addQualityRoutes(app: OpenAPIHono, reader: Reader): void {
  const ask = async (signal: AbortSignal, systemId: string, days: number) => {
    const found = await readQuality(reader.until(signal), systemId, days);
    if (found === null) throw unknownSystem(systemId);
    return found;
  };
  app.openapi(jsonRoute, async (context) => {
    const { system_id } = context.req.valid('param');
    const found = await ask(context.req.raw.signal, system_id, context.req.valid('query').days);
    context.header('cache-control', 'public, max-age=30');
    return context.json(found, 200);
  });
  app.openapi(pageRoute, async (context) => {
    const { system_id } = context.req.valid('param');
    const found = await ask(context.req.raw.signal, system_id, context.req.valid('query').days);
    context.header('cache-control', 'public, max-age=30');
    context.header('content-security-policy', REPORT_POLICY);
    return context.html(qualityReport(found), 200);
  });
}
