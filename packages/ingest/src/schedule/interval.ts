import { feedNamed } from '@velolog/gbfs/feeds';
import { jittered } from './back-off.ts';

export type IntervalSettings = {
  /** No feed is polled more often than this because of its ttl: many declare 0. */
  floorSeconds: number;
  /** The same limit for discovery and the feeds that hardly change. */
  staticSeconds: number;
};

/** Publishers declare up to a year; a system is polled once a day all the same. */
const INTERVAL_SECONDS_MAX = 86_400;

/**
 * Seconds from one fetch of a feed to the next. A system's own `interval_seconds` takes precedence over ttl and floor,
 * shorter or longer. It counts from our fetch, not from last_updated: a feed whose last_updated never changes would
 * always be due.
 */
export function intervalSeconds(
  feed: { name: string; ttlSeconds: number | null; overrideSeconds: number | undefined },
  settings: IntervalSettings,
): number {
  const isStatic = !isLive(feed.name);
  if (!isStatic && feed.overrideSeconds !== undefined) return feed.overrideSeconds;
  const least = isStatic ? settings.staticSeconds : settings.floorSeconds;
  return Math.max(least, Math.min(feed.ttlSeconds ?? 0, INTERVAL_SECONDS_MAX));
}

/** A minute at most with the spread of back-off: a first failure is no reason to leave a feed alone for an hour. */
const STATIC_RETRY_SECONDS = 48;

/**
 * The least time after a failure: what the publisher wants (its ttl), the floor, and what the system's settings ask
 * for. The hour for feeds that hardly change is our own choice and does not delay a first retry.
 */
export function retrySeconds(
  feed: { name: string; ttlSeconds: number | null; overrideSeconds: number | undefined },
  settings: IntervalSettings,
): number {
  const asked = Math.max(settings.floorSeconds, Math.min(feed.ttlSeconds ?? 0, INTERVAL_SECONDS_MAX));
  return isLive(feed.name)
    ? Math.max(asked, feed.overrideSeconds ?? 0)
    : Math.max(asked, Math.min(STATIC_RETRY_SECONDS, settings.staticSeconds));
}

/** Whether the feed changes with every ride. A system's own `interval_seconds` applies to these feeds. */
export function isLive(name: string): boolean {
  return feedNamed(name)?.kind === 'live';
}

/** Only ever adds time, so that no publisher sees us before the ttl is over. */
export function withJitter(seconds: number, random: () => number = Math.random): number {
  return jittered(seconds, 0, 0.05, random);
}
