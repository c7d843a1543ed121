import type { z } from '@hono/zod-openapi';
import { problem } from '../api/problem.ts';

/** What a route may answer besides its result. */
export function answers<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { 200: { description, content: { 'application/json': { schema } } }, ...PROBLEMS };
}

/** An answer with an ETag, so that a client that already has it gets 304. Its route needs the middleware `etag`. */
export function answersWithEtag<
  Schema extends z.ZodType,
  Type extends 'application/json' | 'application/geo+json',
>(description: string, schema: Schema, type: Type) {
  const headers = {
    ETag: { description: 'Send it back in If-None-Match', schema: { type: 'string' as const } },
  };
  return {
    200: { description, headers, content: { [type]: { schema } } as Record<Type, { schema: Schema }> },
    304: { description: 'Not modified since the answer that If-None-Match names', headers },
    ...PROBLEMS,
  };
}

const problemContent = { 'application/problem+json': { schema: problem } };

export const PROBLEMS = {
  400: {
    description:
      'A parameter is wrong. `parameter` says which one; `limit` is the highest value that is allowed, if there is one',
    content: problemContent,
  },
  404: { description: 'No such system or station', content: problemContent },
  503: {
    description: 'The database is not available or too slow. Try again after Retry-After seconds',
    headers: {
      'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' as const } },
    },
    content: problemContent,
  },
} as const;
