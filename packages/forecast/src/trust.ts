import type { JudgedDay } from './judged-day.ts';

/** Fewer days say nothing: a single day may have been lucky. */
const DAYS_MIN = 2;
/** In squared errors, where 1 is a forecast that was completely wrong. It keeps the table when both say nearly the same or hardly anything happens. */
const DOUBT = 1;
/** How much the best share differs from day to day, as a variance: a crowded week teaches little about the quiet one after it. */
const DAY_VARIANCE = 1;

/**
 * How far to trust the model (1) instead of the table by count (0): the share that would have been best on the judged days by least squares,
 * shrunk towards 0 by how uncertain it is. Before any day was judged it is taken as 0, give or take 1. Its variance is that of the errors
 * themselves, each station and day counted as one (a cluster-robust variance), so that rare outcomes are not taken for uncertain ones; and that
 * of days among themselves. Days are weighted by the inverse root of their errors. Otherwise busy days would decide for the quiet days after
 * them, about which the model may know nothing yet.
 */
export function trustIn(days: readonly JudgedDay[]): number {
  if (days.length < DAYS_MIN) return 0;
  const weights = days.map(({ damped }) => 1 / Math.sqrt(Math.max(1, damped)));
  const sum = (of: (day: JudgedDay) => number) =>
    days.reduce((total, day, at) => total + (weights[at] as number) * of(day), 0);
  const apart = sum((day) => day.apart);
  if (apart === 0) return 0;
  const best = sum((day) => day.towards) / apart;
  let squares = 0;
  days.forEach(({ stations }, at) => {
    for (const own of stations.values())
      squares += ((weights[at] as number) * (own.towards - best * own.apart)) ** 2;
  });
  const variance = squares / apart ** 2 + DAY_VARIANCE / days.length;
  const allApart = days.reduce((total, day) => total + day.apart, 0);
  return Math.max(0, Math.min(1, (best / (1 + variance)) * (allApart / (allApart + DOUBT))));
}
