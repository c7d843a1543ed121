import type { Feed } from '../../src/api/feed.ts';

/**
 * The state of the data as the API judges it: the page has no thresholds of its own. `failing`: the last polls failed,
 * but the data is not overdue yet. `overdue`: stations turn grey. `archive`: imported, nobody polls it.
 */
export type Freshness = 'unknown' | 'live' | 'failing' | 'overdue' | 'archive';

/** The next poll usually makes up for a single failed one, so it is not worth a message. */
const FAILURES_WORTH_SAYING = 2;

/** @param feed station_status; null while it is unknown or was never polled */
export function freshnessOf(feed: Feed | null): Freshness {
  if (feed === null) return 'unknown';
  if (feed.is_archive) return 'archive';
  if (feed.last_success_at === null) return 'unknown';
  if (feed.overdue) return 'overdue';
  return feed.consecutive_failures >= FAILURES_WORTH_SAYING ? 'failing' : 'live';
}

/** Null when there is no age: nothing was ever observed, or it is an archive. */
export function ageSecondsOf(feed: Feed | null, nowMs: number): number | null {
  const dataAt = feed?.data_at ?? null;
  return dataAt === null ? null : Math.max(0, (nowMs - Date.parse(dataAt)) / 1000);
}

/**
 * Why the newest poll of a feed was no success; null if it was one. Without the number of polls: a screen reader speaks each change of a message.
 */
export function lastErrorOf(feed: Feed, day: (time: Date) => string): string | null {
  if (feed.last_error === null) return null;
  const error = feed.last_error.replaceAll('_', ' ');
  return feed.refused_since === null
    ? error
    : `polls refused since ${day(new Date(feed.refused_since))} (${error})`;
}
