import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';
import { count } from './station-state.ts';

/** A change of a station's bikes or docks: a row of api.station_change. */
export const change = z
  .object({
    station_id: z.string(),
    name: z.string().nullable(),
    lat: z.number().nullable(),
    lon: z.number().nullable(),
    observed_at: instant,
    prev_observed_at: instant,
    num_bikes_available: count,
    prev_num_bikes_available: count,
    bikes_delta: count,
    num_docks_available: count,
    prev_num_docks_available: count,
    docks_delta: count,
    gap_seconds: z
      .number()
      .nullable()
      .openapi({ description: 'Seconds since prev_observed_at in which the station was not observed' }),
  })
  .openapi('Change');
export type Change = z.infer<typeof change>;

/** A page of changes in order of (observed_at, station_id). */
export const changes = z
  .object({
    system_id: z.string(),
    changes: z.array(change),
    next: z
      .string()
      .nullable()
      .openapi({ description: 'Pass it as `after` to get the next page; null when there is no more yet' }),
    cursor: z.string().openapi({ description: 'Pass it as `after` later to get what has changed since' }),
  })
  .openapi('Changes');
export type Changes = z.infer<typeof changes>;
