/** `lastUpdated` as the publisher wrote it (epoch seconds); `olderSinceMs`, on the monotonic clock: since when only older ones have come. */
export type NewestBody = { lastUpdated: number; olderSinceMs: number | null };

/**
 * The store believes after 10 minutes of older bodies that the publisher has corrected its clock. Later than that costs whole bodies,
 * sooner would cost the time until the whole body is asked for anyway.
 */
const BELIEVED_MS = 3600 * 1000;

/**
 * Servers behind a balancer may give an older body after a newer one. The store does not count such a body as an observation, so a later
 * 304 must not refer to it. How long ago the newer one was seen says nothing: the store compares with it all the same.
 */
export function compareAge(
  newest: NewestBody | null,
  lastUpdated: number | null,
  nowMs: number,
): { newest: NewestBody | null; isOlder: boolean } {
  if (lastUpdated === null) return { newest, isOlder: false };
  if (newest !== null && lastUpdated < newest.lastUpdated) {
    const olderSinceMs = newest.olderSinceMs ?? nowMs;
    if (nowMs - olderSinceMs < BELIEVED_MS) return { newest: { ...newest, olderSinceMs }, isOlder: true };
  }
  return { newest: { lastUpdated, olderSinceMs: null }, isOlder: false };
}
