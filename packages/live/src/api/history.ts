import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';
import { outage } from './outage.ts';
import { count, stationState } from './station-state.ts';

/** From observed_at on a station's values were these, until the next step. */
export const step = z
  .object({
    observed_at: instant,
    num_bikes_available: count,
    num_docks_available: count,
    num_bikes_disabled: count,
    num_docks_disabled: count,
    is_installed: z.boolean().nullable(),
    is_renting: z.boolean().nullable(),
    is_returning: z.boolean().nullable(),
    state: stationState.openapi({
      description: 'absent: the list was without the station; its counts are null',
    }),
  })
  .openapi('Step');
export type Step = z.infer<typeof step>;

/** Time in which the system was not observed: the values may have been others. */
export const gap = z.object({ from_at: instant, to_at: instant }).openapi('Gap');
export type Gap = z.infer<typeof gap>;

/** What a station offered in one hour: the means are weighted with the time for which they held. */
export const historyHour = z
  .object({
    hour_at: instant,
    bikes_min: count,
    bikes_mean: z.number().nullable(),
    bikes_max: count,
    docks_min: count,
    docks_mean: z.number().nullable(),
    docks_max: count,
    observed_share: z
      .number()
      .openapi({ description: 'The part of the hour in which the station was observed' }),
  })
  .openapi('HistoryHour');
export type HistoryHour = z.infer<typeof historyHour>;

/** The usual number of bikes in an hour of the week (Monday is 1), in the system's own time zone. */
export const profileHour = z
  .object({
    weekday: z.number().int().min(1).max(7),
    hour: z.number().int().min(0).max(23),
    bikes_mean: z.number().nullable(),
  })
  .openapi('ProfileHour');
export type ProfileHour = z.infer<typeof profileHour>;

/** One station over a window of time. */
export const history = z
  .object({
    system_id: z.string(),
    station_id: z.string(),
    from: instant,
    to: instant,
    steps: z.array(step).openapi({
      description:
        'In order of time. The first is what held at `from`, with its own time; none when nothing was known then',
    }),
    hours: z
      .array(historyHour)
      .openapi({ description: 'In place of the steps where the window is longer than 31 days; else empty' }),
    gaps: z.array(gap),
    outages: z.array(outage),
    profile: z.array(profileHour),
  })
  .openapi('History');
export type History = z.infer<typeof history>;
