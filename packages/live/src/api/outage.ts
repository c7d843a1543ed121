import { z } from '@hono/zod-openapi';
import { instant } from './instant.ts';
import { stationState } from './station-state.ts';

/**
 * A time in which a station could not be used: a row of api.outage_episode_between without the columns that name the
 * station.
 */
export const stationOutage = z
  .object({
    state: stationState,
    from_at: instant,
    to_at: instant.nullable(),
    is_open: z
      .boolean()
      .openapi({ description: 'True while the outage continues, as far as it was observed' }),
    duration_seconds: z.number().nullable(),
    start_observed: z
      .boolean()
      .nullable()
      .openapi({ description: 'False when the outage began in a time that was not observed' }),
    end_observed: z.boolean().nullable(),
  })
  .openapi('StationOutage');
export type StationOutage = z.infer<typeof stationOutage>;

/** The same with its station. */
export const outage = z
  .object({
    station_id: z.string(),
    name: z.string().nullable(),
    lat: z.number().nullable(),
    lon: z.number().nullable(),
    ...stationOutage.shape,
  })
  .openapi('Outage');
export type Outage = z.infer<typeof outage>;

export const outages = z
  .object({
    system_id: z.string(),
    from: instant,
    to: instant,
    outages: z.array(outage),
    next: z
      .string()
      .nullable()
      .openapi({ description: 'Pass it as `after` to get the next page; null on the last page' }),
  })
  .openapi('Outages');
