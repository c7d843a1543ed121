/**
 * An id means nothing after so long without an observation, so that none has to be kept for longer: whatever is listed then
 * starts over. Where records go on without one, ids go at the first of them; where none comes, an hour later (upkeep/forget-ids.ts), which
 * therefore changes no result.
 */
const ID_KEPT_MS = 24 * 3_600_000;

/** `observedAt`: when the list was observed last; null: never. */
export function areIdsOver(observedAt: number | null, at: number): boolean {
  return observedAt !== null && at - observedAt > ID_KEPT_MS;
}
