import type { Feed } from '../fetch/feed.ts';
import type { FinishedPoll } from '../fetch/poll-feed.ts';
import { backOffSeconds } from './back-off.ts';
import { type IntervalSettings, intervalSeconds, retrySeconds, withJitter } from './interval.ts';

/** Publishers mean 410 to be final, and yet some come back. */
export const ENDED_SECONDS = 86_400;

/** How long after a poll the next one is due. */
export function secondsToNextPoll(
  feed: Feed,
  { answer, problem }: FinishedPoll,
  interval: IntervalSettings,
): number {
  const { hasEnded, isTerminated } = feed.system;
  const isGone = hasEnded || isTerminated || answer.http_status === 410;
  const leastSeconds = isGone ? ENDED_SECONDS : 0;
  if (problem === null) return withJitter(Math.max(usualSeconds(feed, interval), leastSeconds));
  const retryAfterSeconds = answer.outcome === 'failed' ? answer.retryAfterSeconds : null;
  const baseSeconds = secondsToRetry(feed, interval);
  const seconds = backOffSeconds({ failuresInARow: feed.failuresInARow, baseSeconds, retryAfterSeconds });
  return Math.max(seconds, withJitter(leastSeconds));
}

/** Seconds between two polls of a feed that answers. */
export function usualSeconds(feed: Feed, interval: IntervalSettings): number {
  return intervalSeconds(pacingOf(feed), interval);
}

/** The least seconds between two polls of a feed, whatever the result of the first. */
export function secondsToRetry(feed: Feed, interval: IntervalSettings): number {
  return retrySeconds(pacingOf(feed), interval);
}

function pacingOf({ name, ttlSeconds, system }: Feed): Parameters<typeof intervalSeconds>[0] {
  return { name, ttlSeconds, overrideSeconds: system.settings.interval_seconds };
}
