import type { JudgedDay } from './judged-day.ts';

/** Fewer days say nothing: a single day may have been lucky. */
const DAYS_MIN = 2;
/** In squared errors, where 1 is a forecast that was completely wrong. It keeps the table when both say nearly the same or hardly anything happens. */
const DOUBT = 1;
const STANDARD_ERRORS = 1;

/**
 * How far to trust the model (1) instead of the table by count (0): the share that would have been best on the judged days by least squares,
 * minus a standard error. So a model that helps little, or on few days, changes the forecast little, and one that is worse than the table
 * does not change it. Days are weighted by the inverse root of their errors. Otherwise busy days would decide for the quiet days after
 * them, about which the model may know nothing yet.
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
  // A case's squared error is a quarter at most. Four cases of a station count as about one, because a bike that is missing now is still missing later.
  const error = scale * Math.sqrt(sum((day, weight) => weight ** 2 * day.apart));
  return Math.max(0, Math.min(1, (towards - STANDARD_ERRORS * error) / (apart + DOUBT)));
}
