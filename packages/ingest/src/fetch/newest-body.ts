/** `lastUpdated` as the publisher wrote it (epoch seconds); `olderSinceMs` (monotonic clock): since when only older bodies have arrived. */
export type NewestBody = { lastUpdated: number; olderSinceMs: number | null };

/**
 * After 10 minutes of older bodies the store accepts that the publisher has corrected its clock. Accepting it later
 * here only costs whole bodies. Accepting it sooner than the store would lose the time until the next whole body.
 */
const BELIEVED_MS = 3600 * 1000;

/**
 * Servers behind a load balancer may send an older body after a newer one. The store does not count such a body as an
 * observation, so a later 304 must not refer to it. It does not matter how long ago the newer one was seen: the store
 * compares with it all the same.
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
