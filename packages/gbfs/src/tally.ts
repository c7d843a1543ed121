import type { RepairCode, SkipCode } from './codes.ts';

/** How often each reason occurred. A reason that did not occur is absent. */
export type Tally = Record<string, number>;

/** Counts one more occurrence of `reason`. Reasons are those of `codes.ts`, never text from a feed: they become metric labels. */
export function tally(counts: Tally, reason: SkipCode | RepairCode, times = 1): void {
  counts[reason] = (counts[reason] ?? 0) + times;
}
