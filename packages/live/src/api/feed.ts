import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';

/**
 * The state of one feed of a system: a row of api.feed_health. The age of its data is the current time minus data_at.
 */
export const feed = z
  .object({
    feed: z.string().openapi({ example: 'station_status' }),
    last_fetched_at: instant,
    last_success_at: instant.nullable(),
    last_updated: instant.nullable().openapi({ description: 'As the publisher declares it' }),
    data_at: instant.nullable().openapi({
      description:
        "How recent the data is: the time of the last success, or an earlier time when the publisher's own timestamps say that the data is older. null: there was no success yet, or the system is an archive",
    }),
    ttl_seconds: z.number().int().nullable(),
    overdue: z.boolean().openapi({
      description:
        'True when there was no success, or no newer data, for much longer than usual for this feed',
    }),
    consecutive_failures: z.number().int(),
    last_error: z.string().nullable(),
    refused_polls: z.number().int().openapi({
      description:
        'Polls that the store refused since it last stored one, for example because the clock of ingest is wrong: last_error says why',
    }),
    refused_since: instant
      .nullable()
      .openapi({ description: 'The first of these polls, by the clock of the Kafka broker' }),
    stations_skipped: z.number().int(),
    is_archive: z.boolean().openapi({
      description:
        'True if the feed is not polled: imported history, or the old name of a list of vehicles. It is neither current nor overdue',
    }),
  })
  .openapi('Feed');
export type Feed = z.infer<typeof feed>;

export const feeds = z.object({ system_id: z.string(), feeds: z.array(feed) }).openapi('Feeds');
