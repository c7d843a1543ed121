import { z } from '@hono/zod-openapi';
import { FEEDS } from '@velolog/gbfs/feeds';
import { ID_LENGTH_MAX } from '@velolog/gbfs/values/id';

// PostgreSQL's text has no NUL.
const id = z
  .string('must be given')
  .min(1, 'must not be empty')
  .max(ID_LENGTH_MAX, `must have ${ID_LENGTH_MAX} characters or fewer`)
  .refine((text) => !text.includes('\0'), 'must not contain a NUL character');

export const systemPath = z.object({
  system_id: id.openapi({ param: { name: 'system_id', in: 'path' }, example: 'oslobysykkel' }),
});

export const stationPath = systemPath.extend({
  station_id: id.openapi({ param: { name: 'station_id', in: 'path' }, example: '377' }),
});

export const documentPath = systemPath.extend({
  feed: id.openapi({
    param: { name: 'feed', in: 'path' },
    description: 'As /documents lists it',
    example: FEEDS.system_pricing_plans.names[0].name,
  }),
});

/** For ids that cannot be part of a path: every client resolves `.` and `..` there as folders. */
export const stationQuery = z.object({
  id: id.openapi({ param: { name: 'id', in: 'query' }, description: 'The station_id', example: '377' }),
});

/** As in the SQL functions of that name: by default everything is included. */
export const flaggedQuery = z.object({
  leave_out_flagged: z.enum(['true', 'false'], 'must be true or false').default('false').openapi({
    description:
      'true: without frozen stations (flags station_frozen, station_zombie), whose true counts are not known',
  }),
});

const BOX = /^-?\d+(\.\d+)?(,-?\d+(\.\d+)?){3}$/;

export const bbox = z
  .string('must be given: west,south,east,north in degrees, such as 10.6,59.8,10.9,60')
  .regex(BOX, 'must be west,south,east,north in degrees, such as 10.6,59.8,10.9,60')
  .openapi({
    description: 'West, south, east, north, in degrees; west is greater than east over the antimeridian',
    example: '10.6,59.8,10.9,60',
  });

/** Selects systems: all conditions must be met. */
export const systemsQuery = z.object({
  text: z.string().max(200, 'must have 200 characters or fewer').optional().openapi({
    description:
      'Words that must all be in the id, name, operator or country name; case and accents do not matter',
    example: 'oslo bysykkel',
  }),
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, 'must be two letters, such as NO')
    .optional()
    .openapi({ description: 'Two letters; only systems whose country is known have one', example: 'NO' }),
  bbox: bbox.optional(),
});

/** A whole number in a query. */
export const wholeNumber = (
  { min, max, byDefault }: { min: number; max: number; byDefault: number },
  description: string,
) =>
  z
    .preprocess(
      readNumber,
      z
        .number('must be a number')
        .max(max, `must be ${max} or less`)
        .min(min, `must be ${min} or more`)
        .int('must be a whole number'),
    )
    .default(byDefault)
    .openapi({ description });

/** Only what people write as numbers: to JavaScript nothing at all is 0, and 0x10 is 16. */
function readNumber(text: unknown): number {
  return typeof text === 'string' && /^[ +-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

export const countUpTo = (max: number, byDefault: number, description: string) =>
  wholeNumber({ min: 1, max, byDefault }, description);
