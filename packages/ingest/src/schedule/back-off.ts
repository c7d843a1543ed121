const BACK_OFF_SECONDS_MAX = 3600;
/** A publisher may ask for more than our own limit, within reason. */
const RETRY_AFTER_SECONDS_MAX = 86_400;

/**
 * Seconds to wait after a number of failures in a row: doubles from `baseSeconds` up to one hour, spread downwards so that systems that
 * failed together do not come back together. A Retry-After that asks for longer wins.
 */
export function backOffSeconds(
  failure: { failuresInARow: number; baseSeconds: number; retryAfterSeconds: number | null },
  random: () => number = Math.random,
): number {
  const doublings = Math.min(failure.failuresInARow - 1, 20);
  const own = Math.min(failure.baseSeconds * 2 ** doublings, BACK_OFF_SECONDS_MAX);
  const asked = Math.min(failure.retryAfterSeconds ?? 0, RETRY_AFTER_SECONDS_MAX);
  return Math.max(jittered(own, -0.2, 0, random), jittered(asked, 0, 0.05, random));
}

/** Retry-After as seconds or as an HTTP date; null when absent, unreadable or over. */
export function readRetryAfter(header: string | null, nowMs: number = Date.now()): number | null {
  const text = header?.trim();
  if (!text) return null;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1000;
  return seconds > 0 ? seconds : null;
}

/** `seconds`, shifted by a random share of it between `from` and `to`. */
export function jittered(seconds: number, from: number, to: number, random: () => number): number {
  return seconds * (1 + from + (to - from) * random());
}
