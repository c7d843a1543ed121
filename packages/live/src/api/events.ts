import { z } from '@hono/zod-openapi';
import { change } from './change.ts';
import { feed } from './feed.ts';
import { instant } from './instant.ts';
import { station } from './station.ts';
import { vehicle, vehicleList } from './vehicle.ts';

/**
 * `event: stations`: stations whose values changed. `id:` is the cursor, so a client that returns with Last-Event-ID
 * gets what it missed as one such event: each station in its present form, and every change.
 */
export const stationsEvent = z
  .object({
    cursor: z.string(),
    observed_at: instant.nullable(),
    stations: z.array(station),
    changes: z.array(change),
    changes_omitted: z.boolean().openapi({
      description:
        'True when the client was away for long: `changes` has only the newest ones, /changes has all of them',
    }),
  })
  .openapi('StationsEvent');
export type StationsEvent = z.infer<typeof stationsEvent>;

/**
 * `event: health`: sent at the start, and when anything in it has changed: a poll confirmed the values (observed_at), a
 * feed is overdue or back, the database is away or back, or names or places changed (information_version).
 */
export const healthEvent = z
  .object({
    cursor: z.string(),
    observed_at: instant.nullable(),
    database: z.enum(['ok', 'away']),
    information_version: z.string(),
    feeds: z.array(feed),
    vehicles: vehicleList.nullable().openapi({
      description:
        'Version of the newest list of vehicles. When yours differs, load /vehicles again. null: there is no list',
    }),
  })
  .openapi('HealthEvent');
export type HealthEvent = z.infer<typeof healthEvent>;

/**
 * `event: vehicles`: the list of vehicles has changed. A client with the version `from_version` removes each row of
 * `vanished` once, adds those of `appeared` and then has `version`; a client with any other version reads /vehicles
 * again. A change of state or range removes one row and adds another. The event contains differences, not only the new
 * version: of 20,000 vehicles about thirty differ from poll to poll, while the whole list is megabytes. It contains
 * rows, not ids: equal rows are interchangeable, so no id is needed.
 */
export const vehiclesEvent = z
  .object({
    observed_at: instant.nullable(),
    from_version: z.string(),
    version: z.string(),
    appeared: z.array(vehicle),
    vanished: z.array(vehicle),
    omitted: z
      .boolean()
      .openapi({ description: 'True when too many have changed to be listed: load /vehicles again' }),
  })
  .openapi('VehiclesEvent');
export type VehiclesEvent = z.infer<typeof vehiclesEvent>;
