import type { z } from '@hono/zod-openapi';
import { problem } from './api/problem.ts';

/** What every route may answer besides what it is for. */
export function answers<Schema extends z.ZodType>(description: string, schema: Schema) {
  return {
    200: { description, content: { 'application/json': { schema } } },
    304: { description: 'Not modified: what If-None-Match named is still so' },
    ...PROBLEMS,
  };
}

const problemContent = { 'application/problem+json': { schema: problem } };

export const PROBLEMS = {
  400: {
    description: 'A parameter cannot be; `parameter` says which, `limit` the most that is allowed',
    content: problemContent,
  },
  404: { description: 'No such system or station', content: problemContent },
  503: { description: 'The database is away: ask again after Retry-After seconds', content: problemContent },
} as const;
