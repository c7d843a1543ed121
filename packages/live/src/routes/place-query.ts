import { z } from '@hono/zod-openapi';
import { bbox, countUpTo } from './parameters.ts';

const IN_A_BOX_MAX = 10_000;

/** What is in a box, of all systems. */
export const placeQuery = z.object({
  bbox,
  limit: countUpTo(
    IN_A_BOX_MAX,
    2_000,
    `Where there are more, they come as clusters; ${IN_A_BOX_MAX} at most`,
  ),
});

const degrees = (max: number, description: string, example: string) =>
  z
    .string(`must be given in degrees, such as ${example}`)
    .regex(/^-?\d+(\.\d+)?$/, `must be a number of degrees, such as ${example}`)
    .transform(Number)
    .pipe(z.number().min(-max, `must be -${max} or more`).max(max, `must be ${max} or less`))
    .openapi({ description, example });

const NEAREST_MAX = 100;
const RADIUS_MAX_METERS = 50_000;

const nearestQuery = z.object({
  lat: degrees(90, 'Latitude of the point', '59.91'),
  lon: degrees(180, 'Longitude of the point', '10.75'),
  limit: countUpTo(NEAREST_MAX, 10, `${NEAREST_MAX} at most`),
  radius_meters: countUpTo(
    RADIUS_MAX_METERS,
    RADIUS_MAX_METERS,
    `Nothing farther away is listed; ${RADIUS_MAX_METERS} at most`,
  ),
});

export const nearestStationsQuery = nearestQuery.extend({
  offers: z.enum(['bike', 'dock'], 'must be bike or dock').optional().openapi({
    description: 'Only stations known to have one now. Stations that are late or give no count are left out',
  }),
});

export const nearestVehiclesQuery = nearestQuery.extend({
  state: z
    .enum(['available', 'reserved', 'disabled'], 'must be available, reserved or disabled')
    .optional()
    .openapi({ description: 'Only vehicles in this state' }),
  free: z.enum(['true', 'false'], 'must be true or false').default('false').openapi({
    description:
      'true: only vehicles that can be taken now, as far as is known: available, at no station, and of a feed that is not late',
  }),
});
