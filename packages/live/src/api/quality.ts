import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';

/** A problem that a feed or station has or recently had: a row of api.data_quality_issue, with the meaning of its flag. */
const qualityIssue = z
  .object({
    flag: z.string().openapi({ example: 'station_frozen' }),
    definition: z.string(),
    threshold: z.string(),
    why: z.string(),
    feed: z.string().openapi({ example: 'station_status' }),
    station_id: z.string().nullable().openapi({ description: 'null: the feed as a whole' }),
    name: z.string().nullable(),
    since: instant,
    last_seen_at: instant,
    ended_at: instant.nullable(),
    is_open: z
      .boolean()
      .openapi({ description: 'True when it has not ended and was seen in the last 26 hours' }),
    evidence: z.record(z.string(), z.unknown()),
  })
  .openapi('QualityIssue');
export type QualityIssue = z.infer<typeof qualityIssue>;

export const quality = z
  .object({
    system_id: z.string(),
    name: z.string().nullable(),
    operator: z.string().nullable(),
    made_at: instant,
    days: z.number().int().openapi({ description: 'How many days back ended issues are listed' }),
    feeds: z
      .array(
        z.object({
          feed: z.string(),
          seen_at: instant.nullable(),
          checked_at: instant.nullable(),
          is_current: z.boolean(),
          overdue: z.boolean(),
        }),
      )
      .openapi({
        description:
          'The polled feeds (only these are checked): when each was last read, and up to which reading it was checked; null: never. is_current: it was read and checked in the last 26 hours, so that no issue means that nothing was wrong when it was read. overdue: it is late now (api.feed_health)',
      }),
    not_judged_because: z.enum(['archive', 'unobserved', 'old', 'unchecked']).nullable().openapi({
      description:
        'Why an empty list proves nothing. archive: all data was imported; unobserved: no poll was ever answered; old: no poll was answered in the last 26 hours; unchecked: no worker has checked this system yet, or none since yesterday. null: the list can be trusted',
    }),
    issues: z.array(qualityIssue),
    truncated: z.boolean().openapi({ description: 'True when there are more issues than the answer lists' }),
  })
  .openapi('Quality');
export type Quality = z.infer<typeof quality>;
