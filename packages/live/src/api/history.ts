import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';
import { stationOutage } from './outage.ts';
import { count, stationState } from './station-state.ts';

/** The values of a station from observed_at until the next step. */
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
      description: 'absent: the feed did not list the station; its counts are null',
    }),
  })
  .openapi('Step');
export type Step = z.infer<typeof step>;

/** Time in which the system was not observed: the values may have been different. */
export const gap = z.object({ from_at: instant, to_at: instant }).openapi('Gap');
export type Gap = z.infer<typeof gap>;

const countColumn = z.array(count);
const meanColumn = z
  .array(z.number().nullable())
  .openapi({ description: 'Weighted by how long each value lasted; two decimals' });

/** What a station offered by the hour, as columns: a year of rows would repeat the column names 8,784 times. */
const historyHours = z
  .object({
    first_at: instant.nullable().openapi({
      description:
        'Start of the first hour in which the station was observed. Value number i of each column belongs to the hour that starts i hours later. null: the station was not observed, and the columns are empty',
    }),
    bikes_min: countColumn,
    bikes_mean: meanColumn,
    bikes_max: countColumn,
    docks_min: countColumn,
    docks_mean: meanColumn,
    docks_max: countColumn,
    observed_share: z.array(z.number()).openapi({
      description:
        'Share of the hour in which the station was observed, four decimals. Where it is 0, the other values are null, because they are not known',
    }),
  })
  .openapi('HistoryHours');
export type HistoryHours = z.infer<typeof historyHours>;

/** The usual number of bikes in an hour of the week (Monday is 1), in the system's own time zone. */
const profileHour = z
  .object({
    weekday: z.number().int().min(1).max(7),
    hour: z.number().int().min(0).max(23),
    bikes_mean: z.number().nullable(),
  })
  .openapi('ProfileHour');
export type ProfileHour = z.infer<typeof profileHour>;

/** One station over a time window. */
export const history = z
  .object({
    system_id: z.string(),
    station_id: z.string(),
    from: instant,
    to: instant,
    steps: z.array(step).openapi({
      description:
        'In order of time. The first step is the state at `from`, with the time at which it began; it is missing when the state was not known then',
    }),
    hours: historyHours
      .nullable()
      .openapi({ description: 'Given instead of steps when the window is longer than 31 days; else null' }),
    gaps: z.array(gap),
    outages: z.array(stationOutage),
    profile: z.array(profileHour),
  })
  .openapi('History');
export type History = z.infer<typeof history>;
