import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';

/** How one feed of a system stands: a row of api.feed_health. Its age is now minus last_success_at. */
export const feed = z
  .object({
    feed: z.string().openapi({ example: 'station_status' }),
    last_fetched_at: instant,
    last_success_at: instant.nullable(),
    last_updated: instant.nullable().openapi({ description: "The publisher's claim, shown and never used" }),
    ttl_seconds: z.number().int().nullable(),
    overdue: z.boolean().openapi({ description: 'No success for much longer than is usual for this feed' }),
    consecutive_failures: z.number().int(),
    last_error: z.string().nullable(),
    stations_skipped: z.number().int(),
  })
  .openapi('Feed');
export type Feed = z.infer<typeof feed>;

export const feeds = z.object({ system_id: z.string(), feeds: z.array(feed) }).openapi('Feeds');
export type Feeds = z.infer<typeof feeds>;
