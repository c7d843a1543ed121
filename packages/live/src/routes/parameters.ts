import { z } from '@hono/zod-openapi';
import { FEEDS } from '@velolog/gbfs/feeds';
import { badParameter } from './api-problem.ts';

/**
 * Every id that the store keeps can be requested: test/limits.test.ts compares this with the limits of the other
 * packages.
 */
export const ID_LENGTH_MAX = 255;

// PostgreSQL's text has no NUL.
const id = z
  .string()
  .min(1)
  .max(ID_LENGTH_MAX)
  .refine((text) => !text.includes('\0'), 'must not contain a NUL character');

export const systemPath = z.object({
  system_id: id.openapi({ param: { name: 'system_id', in: 'path' }, example: 'oslobysykkel' }),
});

const BOX = /^-?\d+(\.\d+)?(,-?\d+(\.\d+)?){3}$/;

const bbox = z
  .string('must be given: west,south,east,north in degrees, such as 10.6,59.8,10.9,60')
  .regex(BOX, 'must be west,south,east,north in degrees, such as 10.6,59.8,10.9,60')
  .openapi({
    description: 'West, south, east, north, in degrees; west is greater than east over the antimeridian',
    example: '10.6,59.8,10.9,60',
  });

const degrees = (max: number, description: string, example: string) =>
  z
    .string(`must be given in degrees, such as ${example}`)
    .regex(/^-?\d+(\.\d+)?$/, `must be a number of degrees, such as ${example}`)
    .transform(Number)
    .pipe(z.number().min(-max, `must be -${max} or more`).max(max, `must be ${max} or less`))
    .openapi({ description, example });

const count = (max: number, byDefault: number, description: string) =>
  z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be 1 or more')
    .max(max, `must be ${max} or less`)
    .default(byDefault)
    .openapi({ description });

const IN_A_BOX_MAX = 10_000;

/** What is in a box, of all systems. */
export const placeQuery = z.object({
  bbox,
  limit: count(IN_A_BOX_MAX, 2_000, `Where there are more, they come as clusters; ${IN_A_BOX_MAX} at most`),
});

const NEAREST_MAX = 100;
const RADIUS_MAX_METERS = 50_000;

const nearestQuery = z.object({
  lat: degrees(90, 'Latitude of the point', '59.91'),
  lon: degrees(180, 'Longitude of the point', '10.75'),
  limit: count(NEAREST_MAX, 10, `${NEAREST_MAX} at most`),
  radius_meters: count(
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

/** Selects systems: all conditions must be met. */
export const systemsQuery = z.object({
  text: z.string().max(200).optional().openapi({
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

export const time = (description: string) =>
  z
    .preprocess(
      // In a query `+` means a space, unless the client writes it as %2B; curl does not.
      (text) => (typeof text === 'string' ? text.replace(/ (?=\d\d:\d\d$)/, '+') : text),
      z.iso.datetime({ offset: true, error: 'must be a time such as 2026-06-15T12:00:00Z' }).optional(),
    )
    .openapi({ description, example: '2026-06-15T12:00:00Z' });

/** The time window of a request. */
export const windowQuery = z.object({
  from: time('Start, included. Default: 24 hours before `to`'),
  to: time('End, included. Default: now'),
});

/** As in the SQL functions of that name: by default everything is included. */
export const flaggedQuery = z.object({
  leave_out_flagged: z.enum(['true', 'false'], 'must be true or false').default('false').openapi({
    description:
      'true: without frozen stations (flags station_frozen, station_zombie), whose true counts are not known',
  }),
});

const PAGE_MAX = 5_000;

/** A time window that is read page by page. */
export const pageQuery = windowQuery.extend({
  after: z
    .string()
    .optional()
    .openapi({ description: 'A cursor (`next` of the page before). Only what comes after it is returned' }),
  limit: count(PAGE_MAX, 1_000, `Rows a page, ${PAGE_MAX} at most`),
});

export type Window = { from: Date; to: Date };

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

const EARLIEST = new Date(0);
const LATEST = new Date('2999-12-31T23:59:59.999Z');

/** @throws ApiProblem when the time is not in the years that the tables can hold */
export function readAt(at: string): Date {
  const time = new Date(at);
  expectYear('at', time);
  return time;
}

/** How far ahead of the broker's clock the store lets the clock of a poll be. */
const CLOCK_ERROR_MS = 5 * 60_000;

/**
 * Without `to`, includes what has been observed by a clock that is ahead of ours: /stations and the events give it,
 * too, and a client that takes the changes before them from here would miss it.
 */
export function untilNewest(window: Window, to: string | undefined): Window {
  return to === undefined
    ? { from: window.from, to: new Date(window.to.getTime() + CLOCK_ERROR_MS) }
    : window;
}

function expectYear(name: string, time: Date): void {
  if (time < EARLIEST || time > LATEST) throw badParameter(name, 'must be in the years 1970 to 2999');
}

/** @throws ApiProblem when the window ends before it begins, or is longer than an answer can be */
export function readWindow(
  query: { from?: string | undefined; to?: string | undefined },
  limit: { days: number; defaultHours?: number },
): Window {
  const to = query.to === undefined ? new Date() : new Date(query.to);
  const from =
    query.from === undefined
      ? new Date(to.getTime() - (limit.defaultHours ?? 24) * HOUR_MS)
      : new Date(query.from);
  expectYear('to', to);
  expectYear('from', from);
  if (from > to) throw badParameter('from', `is after \`to\` (${to.toISOString()})`);
  if (to.getTime() - from.getTime() > limit.days * DAY_MS) {
    throw badParameter(
      'from',
      `the window must not be longer than ${limit.days} days; request it in parts`,
      `${limit.days} days`,
    );
  }
  return { from, to };
}
