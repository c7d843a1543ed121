import { z } from '@hono/zod-openapi';

/** A time in an answer: RFC 3339, UTC, milliseconds. */
export const instant = z.iso.datetime().openapi({ example: '2026-06-15T12:00:30.000Z' });
