import { z } from '@hono/zod-openapi';
import { gap } from './history.ts';
import { instant } from './instant.ts';
import { vehicleState } from './vehicle.ts';

/**
 * What a time slider needs of the vehicles of a system, as small as JSON allows: a vehicle is at its place at a moment
 * if its stay has begun and not ended by then. There is no id, and a stay is not linked to the one before it.
 */
export const vehicleReplay = z
  .object({
    system_id: z.string(),
    from: instant,
    to: instant,
    kinds: z.array(z.tuple([z.string().nullable(), z.string().nullable()])).openapi({
      description:
        '[form_factor, propulsion_type]. The fields below refer to them by their position in this list, from 0',
    }),
    states: z.array(vehicleState).openapi({
      description: 'The states. The fields below refer to them by their position in this list, from 0',
    }),
    stays: z
      .array(
        z.tuple([
          z.number().nullable(),
          z.number().nullable(),
          z.number().int(),
          z.number().int(),
          z.number().int(),
          z.number().int().nullable(),
        ]),
      )
      .openapi({
        description:
          '[lat, lon, kind, state, from, to] in order of `from`; from and to in seconds since the beginning of the window (from may be before it), to null: still there. Vehicles without a station only: the others are in the counts of stations',
      }),
    gaps: z.array(gap).openapi({
      description: 'Times in which the vehicles were not observed. They may have moved in between',
    }),
  })
  .openapi('VehicleReplay');
export type VehicleReplay = z.infer<typeof vehicleReplay>;
