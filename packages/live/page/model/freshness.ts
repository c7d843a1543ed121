import type { Feed } from '../../src/api/feed.ts';

/**
 * How the data stands, as the API judges it: the page has no numbers of its own for it.
 * `failing`: the last polls failed, it is not overdue yet. `overdue`: stations turn grey. `archive`: imported, nobody polls it.
 */
export type Freshness = 'unknown' | 'live' | 'failing' | 'overdue' | 'archive';

/** One failed poll is mended by the next most of the time, and no reason for a word. */
const FAILURES_WORTH_SAYING = 2;

/** @param feed station_status; null while it is not known or was never asked for */
export function freshnessOf(feed: Feed | null): Freshness {
  if (feed === null) return 'unknown';
  if (feed.is_archive) return 'archive';
  if (feed.last_success_at === null) return 'unknown';
  if (feed.overdue) return 'overdue';
  return feed.consecutive_failures >= FAILURES_WORTH_SAYING ? 'failing' : 'live';
}

/** Null where there is no age: nothing was ever seen, or it is an archive. */
export function ageSecondsOf(feed: Feed | null, nowMs: number): number | null {
  const dataAt = feed?.data_at ?? null;
  return dataAt === null ? null : Math.max(0, (nowMs - Date.parse(dataAt)) / 1000);
}
