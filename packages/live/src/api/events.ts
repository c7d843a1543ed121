import { z } from '@hono/zod-openapi';
import { change } from './change.ts';
import { feed } from './feed.ts';
import { instant } from './instant.ts';
import { station } from './station.ts';

/**
 * `event: stations`: stations whose values became others. `id:` is the cursor, so a client that comes back with
 * Last-Event-ID gets what it missed as one such event: each station in its present form, and every change.
 */
export const stationsEvent = z
  .object({
    cursor: z.string(),
    observed_at: instant.nullable(),
    stations: z.array(station),
    changes: z.array(change),
    changes_omitted: z
      .boolean()
      .openapi({ description: 'True after a long absence: `changes` has the newest only, /changes has all' }),
  })
  .openapi('StationsEvent');
export type StationsEvent = z.infer<typeof stationsEvent>;

/**
 * `event: health`: at the start, and when anything in it is other than it was: a poll confirmed the values (observed_at),
 * a feed is overdue or back, the database is away or back, names or places changed (information_version).
 */
export const healthEvent = z
  .object({
    cursor: z.string(),
    observed_at: instant.nullable(),
    database: z.enum(['ok', 'away']),
    information_version: z.string(),
    feeds: z.array(feed),
  })
  .openapi('HealthEvent');
export type HealthEvent = z.infer<typeof healthEvent>;
