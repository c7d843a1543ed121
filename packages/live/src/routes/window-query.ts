import { z } from '@hono/zod-openapi';
import { badParameter } from '../api/api-problem.ts';
import { DAY_MS, HOUR_MS, type Window } from '../database/window.ts';
import { countUpTo } from './parameters.ts';

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

const PAGE_MAX = 5_000;

/** A time window that is read page by page. */
export const pageQuery = windowQuery.extend({
  after: z
    .string()
    .optional()
    .openapi({ description: 'A cursor (`next` of the page before). Only what comes after it is returned' }),
  limit: countUpTo(PAGE_MAX, 1_000, `Rows a page, ${PAGE_MAX} at most`),
});

const EARLIEST = new Date(0);
const LATEST = new Date('2999-12-31T23:59:59.999Z');

/** @throws ApiProblem when the time is not in the years that the tables can hold */
export function readAt(at: string): Date {
  const time = new Date(at);
  expectYear('at', time);
  return time;
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

function expectYear(name: string, time: Date): void {
  if (time < EARLIEST || time > LATEST) throw badParameter(name, 'must be in the years 1970 to 2999');
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
