import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';
import { count } from './station-state.ts';

/**
 * What a time slider needs of a whole system, as small as JSON allows: start with `start`, and apply `changes`, which
 * are in order of time, up to the moment wanted.
 */
export const replay = z
  .object({
    system_id: z.string(),
    from: instant,
    to: instant,
    step_seconds: z.number().int().openapi({
      description: '0: every change. Else the last change of each station in each step of so many seconds',
    }),
    stations: z
      .array(z.string())
      .openapi({ description: 'station_id; what follows counts from 0 in this list' }),
    start: z.array(z.tuple([count, count]).nullable()).openapi({
      description: '[bikes, docks] of each station at `from`; null: not known or not listed then',
    }),
    changes: z.array(z.tuple([z.number().int(), z.number().int(), count, count])).openapi({
      description:
        '[seconds since `from`, station, bikes, docks]; both null from when the station was no longer listed',
    }),
    gaps: z.array(z.object({ from_at: instant, to_at: instant })),
  })
  .openapi('Replay');
export type Replay = z.infer<typeof replay>;
