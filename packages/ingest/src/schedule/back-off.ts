import { backOff } from '@velolog/worker/back-off';

const BACK_OFF_SECONDS_MAX = 3600;
/** Share of the doubled time that is spread, so that systems that failed together are not polled together again. */
const SPREAD = 0.25;
/** A publisher may ask for more than our own limit, within reason. */
const RETRY_AFTER_SECONDS_MAX = 86_400;
/** After the time: "GMT", "+0000", "GMT+0000 (UTC)". */
const NAMES_ZONE = /:\d\d\s*([a-z]|[+-]\d)/i;

/**
 * Seconds to wait after a number of consecutive failures: doubles from `baseSeconds` up to one hour, spread, and never
 * below the base, even if that is longer than an hour. A longer Retry-After takes precedence.
 */
export function backOffSeconds(
  failure: { failuresInARow: number; baseSeconds: number; retryAfterSeconds: number | null },
  random: () => number = Math.random,
): number {
  const doubled = backOff(failure.failuresInARow, {
    first: failure.baseSeconds,
    longest: BACK_OFF_SECONDS_MAX / (1 + SPREAD),
  });
  const lowest = Math.max(failure.baseSeconds, doubled);
  const own = lowest + Math.min(lowest, BACK_OFF_SECONDS_MAX) * SPREAD * random();
  return Math.max(own, jittered(failure.retryAfterSeconds ?? 0, 0, 0.05, random));
}

/**
 * Retry-After as seconds or as an HTTP date, at most a day; null when absent, unreadable or past. A date is compared
 * with the publisher's own clock (`dateHeader`) if given: by our clock, if it is ahead, the next request would be too
 * early.
 */
export function readRetryAfter(
  header: string | null,
  nowMs: number = Date.now(),
  dateHeader: string | null = null,
): number | null {
  const text = header?.trim();
  if (!text) return null;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : secondsUntil(text, nowMs, dateHeader);
  return seconds > 0 ? Math.min(seconds, RETRY_AFTER_SECONDS_MAX) : null;
}

function secondsUntil(date: string, nowMs: number, dateHeader: string | null): number {
  const publisherNowMs = parseHttpDate(dateHeader ?? '');
  return (parseHttpDate(date) - (Number.isNaN(publisherNowMs) ? nowMs : publisherNowMs)) / 1000;
}

/**
 * Every form of an HTTP date begins with a day of the week; without this check Date.parse reads "120 s" as a year. The form
 * of asctime names no zone and means UTC, but Date.parse would take it for the time of this machine.
 */
function parseHttpDate(text: string): number {
  const date = text.trim();
  if (!/^(mon|tue|wed|thu|fri|sat|sun)/i.test(date)) return Number.NaN;
  return Date.parse(NAMES_ZONE.test(date) ? date : `${date} GMT`);
}

/** `seconds`, shifted by a random share of it between `from` and `to`. */
export function jittered(seconds: number, from: number, to: number, random: () => number): number {
  return seconds * (1 + from + (to - from) * random());
}
