import type { Gap } from '../../src/api/history.ts';
import { formatDuration } from './format.ts';

export const RECENT_MS = 10 * 60_000;

/**
 * What an empty list of the latest changes means. Only for observed time may it say that no bike moved.
 *
 * @param gaps unobserved time; null while unknown
 */
export function quietNote(given: {
  nowMs: number;
  firstObservedMs: number | null;
  lastObservedMs: number | null;
  isArchive: boolean;
  gaps: readonly Gap[] | null;
}): string {
  const { nowMs, firstObservedMs, lastObservedMs, isArchive, gaps } = given;
  if (lastObservedMs === null) return 'No station has been observed yet.';
  if (isArchive) return 'An archive has no latest changes: replay its last day with the bar below the map.';
  const sinceMs = nowMs - RECENT_MS;
  if (lastObservedMs < sinceMs) {
    return `Not observed in the last ten minutes; the last observation was ${formatDuration((nowMs - lastObservedMs) / 1000)} ago.`;
  }
  if (firstObservedMs !== null && firstObservedMs > sinceMs) {
    return `No bike has moved since recording began, ${formatDuration((nowMs - firstObservedMs) / 1000)} ago.`;
  }
  const hasGap = gaps?.some(
    (gap) => Date.parse(gap.to_at) > sinceMs && Date.parse(gap.from_at) < lastObservedMs,
  );
  if (gaps === null || hasGap) return 'No change was seen in the last ten minutes.';
  return 'No bike moved in the last ten minutes.';
}
