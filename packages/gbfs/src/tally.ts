import type { RepairCode, SkipCode } from './codes.ts';

/** How often each reason occurred. A reason that did not occur is absent. */
export type Tally = Record<string, number>;

/** Counts occurrences of `reason`. Reasons come from `codes.ts`, never from a feed's text, because they become metric labels. */
export function tally(counts: Tally, reason: SkipCode | RepairCode, times = 1): void {
  counts[reason] = (counts[reason] ?? 0) + times;
}
