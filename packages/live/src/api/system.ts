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
      description: 'Where the system was added from the catalogue, else null',
    }),
    url: z.string().nullable(),
    license_url: z.string().nullable(),
    simulated: z
      .boolean()
      .openapi({ description: 'Made up by the simulator; must be said where it is shown' }),
    stations: z.number().int().openapi({ description: 'How many the newest list had' }),
    bikes: z.number().int().openapi({ description: 'Sum of the known num_bikes_available' }),
    docks: z.number().int().openapi({ description: 'Sum of the known num_docks_available' }),
    ebikes: z.number().int().nullable().openapi({ description: 'At stations; null: the feeds do not tell' }),
    empty: z.number().int(),
    full: z.number().int(),
    closed: z.number().int(),
    unknown: z.number().int().openapi({ description: 'Stations of which neither count is known' }),
    vehicles: z.array(vehicleTotal).nullable().openapi({
      description:
        'Free-floating vehicles by form factor, as of vehicles_observed_at; null: no feed tells of vehicles, or none was read yet',
    }),
    vehicles_observed_at: instant.nullable(),
    first_observed_at: instant
      .nullable()
      .openapi({ description: 'Of the stations; of a system without stations, of its vehicles' }),
    last_observed_at: instant.nullable(),
    age_seconds: z
      .number()
      .nullable()
      .openapi({ description: 'Of the data, of the same feed as overdue; null of an archive' }),
    overdue: z.boolean().nullable().openapi({
      description:
        'Of station_status, or of the feed of vehicles where there are no stations, see Feed; null: neither has been asked for',
    }),
    is_archive: z.boolean().openapi({ description: 'Imported history that nobody polls: not what is now' }),
    bounds: z
      .tuple([z.number(), z.number(), z.number(), z.number()])
      .nullable()
      .openapi({ description: 'West, south, east, north, in degrees; null while nothing has a place' }),
  })
  .openapi('System');
export type System = z.infer<typeof system>;

export const systems = z.object({ systems: z.array(system) }).openapi('Systems');
export type Systems = z.infer<typeof systems>;

/** One system with the health of its feeds. */
export const systemDetail = system.extend({ feeds: z.array(feed) }).openapi('SystemDetail');
export type SystemDetail = z.infer<typeof systemDetail>;
