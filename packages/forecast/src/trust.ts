import type { JudgedDay } from './judged-day.ts';

/** Fewer days say nothing: the first of them may have been a lucky one. */
const DAYS_MIN = 2;
/** In squared errors, as of one forecast that was wholly wrong: where both say nearly the same, or hardly anything happens, the table is kept to. */
const DOUBT = 1;
const STANDARD_ERRORS = 1;

/**
 * How far to go from what the table by count says (0) to what the model says (1): the share of the way that would have been best on the days that were judged, by least
 * squares, and less by a standard error. So a model that helps little, or on few days, moves the forecast little, and one that is worse than the table not at all. A day counts by the root of
 * its errors: else crowded days would speak for the quiet ones after them, of which the model may know nothing yet.
 */
export function trustIn(days: readonly JudgedDay[]): number {
  if (days.length < DAYS_MIN) return 0;
  const weights = days.map(({ damped }) => 1 / Math.sqrt(Math.max(1, damped)));
  const sum = (of: (day: JudgedDay, weight: number) => number) =>
    days.reduce((total, day, at) => total + of(day, weights[at] as number), 0);
  const apart = sum((day) => day.apart);
  if (apart === 0) return 0;
  const scale = apart / sum((day, weight) => weight * day.apart);
  const towards = scale * sum((day, weight) => weight * day.towards);
  // A case errs by half at most, so by a quarter when squared; four of a station are about one, because what is missing now is still missing twenty minutes later.
  const error = scale * Math.sqrt(sum((day, weight) => weight ** 2 * day.apart));
  return Math.max(0, Math.min(1, (towards - STANDARD_ERRORS * error) / (apart + DOUBT)));
}
