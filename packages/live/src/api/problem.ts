import { z } from '@hono/zod-openapi';

/** Why a request got no answer: RFC 9457, as application/problem+json. */
export const problem = z
  .object({
    type: z.string().openapi({ example: 'about:blank' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    parameter: z.string().optional().openapi({ description: 'The parameter that is wrong' }),
    limit: z.union([z.number(), z.string()]).optional().openapi({ description: 'The highest allowed value' }),
  })
  .openapi('Problem');
export type Problem = z.infer<typeof problem>;
