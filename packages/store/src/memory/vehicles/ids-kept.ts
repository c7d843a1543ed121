/**
 * An id expires after this long without an observation, so that none is kept longer: whatever is listed then starts
 * over. If records arrive without an observation, the first of them after that time removes the ids; if none arrive,
 * they are removed an hour later (upkeep/forget-ids.ts), which therefore changes no result.
 */
const ID_KEPT_MS = 24 * 3_600_000;

/** `observedAt`: when the list was last observed, null if never. */
export function areIdsOver(observedAt: number | null, at: number): boolean {
  return observedAt !== null && at - observedAt > ID_KEPT_MS;
}
