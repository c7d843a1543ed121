import { z } from '@hono/zod-openapi';
import { feed } from './feed.ts';
import { instant } from './instant.ts';
import { vehicleTotal } from './vehicle.ts';

/** A bike-share system and its totals, as of last_observed_at. */
export const system = z
  .object({
    system_id: z.string().openapi({ example: 'oslobysykkel' }),
    name: z.string().nullable(),
    operator: z.string().nullable(),
    timezone: z.string().nullable().openapi({ example: 'Europe/Oslo' }),
    country: z.string().nullable().openapi({
      example: 'NO',
      description: 'The two-letter code, if the catalogue or systems.json gives it; otherwise null',
    }),
    url: z.string().nullable(),
    license_url: z.string().nullable(),
    simulated: z
      .boolean()
      .openapi({ description: 'True for data from the simulator. Say so wherever you show it' }),
    stations: z.number().int().openapi({ description: 'Number of stations in the newest list' }),
    bikes: z.number().int().nullable().openapi({
      description: 'Sum of num_bikes_available over the stations that report it; null: none does',
    }),
    docks: z.number().int().nullable().openapi({
      description: 'Sum of num_docks_available over the stations that report it; null: none does',
    }),
    ebikes: z
      .number()
      .int()
      .nullable()
      .openapi({ description: 'Electric bikes at stations; null: the feeds do not say' }),
    empty: z.number().int(),
    full: z.number().int(),
    closed: z.number().int(),
    unknown: z
      .number()
      .int()
      .openapi({ description: 'Stations whose counts of bikes and docks are both unknown' }),
    vehicles: z.array(vehicleTotal).nullable().openapi({
      description:
        'Free-floating vehicles by form factor, at vehicles_observed_at; null: the system publishes no list of vehicles, none was received yet, or its list is imported history (vehicles_are_archive)',
    }),
    vehicles_observed_at: instant.nullable(),
    vehicles_overdue: z
      .boolean()
      .nullable()
      .openapi({ description: 'As overdue, for the vehicle feed; null: none has been polled' }),
    first_observed_at: instant.nullable().openapi({
      description: 'First observation of stations or, in a system without stations, of vehicles',
    }),
    last_observed_at: instant.nullable(),
    age_seconds: z
      .number()
      .nullable()
      .openapi({ description: 'Age of the data of the same feed as overdue; null for an archive' }),
    overdue: z.boolean().nullable().openapi({
      description:
        'As in Feed, for station_status or, in a system whose stations are not polled, for its vehicle feed; null: neither has been polled',
    }),
    is_archive: z.boolean().openapi({
      description: 'True for imported history that is not polled. It says nothing about the present',
    }),
    stations_are_archive: z.boolean().openapi({
      description:
        'True if the stations are imported history and not polled. If is_archive is false, their sums are null and all of them count as unknown',
    }),
    vehicles_are_archive: z.boolean().openapi({
      description:
        'As stations_are_archive, for the list of vehicles. If is_archive is false, vehicles and vehicles_overdue are null',
    }),
    bounds: z
      .tuple([z.number(), z.number(), z.number(), z.number()])
      .nullable()
      .openapi({ description: 'West, south, east, north, in degrees; null while nothing has coordinates' }),
  })
  .openapi('System');
export type System = z.infer<typeof system>;

export const systems = z.object({ systems: z.array(system) }).openapi('Systems');
export type Systems = z.infer<typeof systems>;

/** One system with the health of its feeds. */
export const systemDetail = system
  .extend({
    feeds: z.array(feed),
    stations_left_out: z
      .number()
      .int()
      .optional()
      .openapi({ description: 'With leave_out_flagged: flagged stations that are in none of the totals' }),
  })
  .openapi('SystemDetail');
export type SystemDetail = z.infer<typeof systemDetail>;
