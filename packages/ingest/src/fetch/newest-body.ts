/** `lastUpdated` as the publisher wrote it (epoch seconds), `seenAtMs` on the monotonic clock. */
export type NewestBody = { lastUpdated: number; seenAtMs: number };

/** As long as a body is asked for anew in any case. */
const BELIEVED_MS = 3600 * 1000;

/**
 * Servers behind a balancer may give an older body after a newer one. The store takes such a body for no observation, so that a later
 * 304 must not refer to it; where nothing else comes for an hour, the publisher has corrected its clock.
 */
export function isOlderBody(newest: NewestBody | null, lastUpdated: number | null, nowMs: number): boolean {
  return (
    newest !== null &&
    lastUpdated !== null &&
    lastUpdated < newest.lastUpdated &&
    nowMs - newest.seenAtMs < BELIEVED_MS
  );
}
