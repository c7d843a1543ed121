import { HOUR, type QualityStore } from '../workers/quality-store.ts';

/** What a system of that name did, told to a store. */
export type Given = (store: QualityStore, system: string) => Promise<unknown>;

/** One way to get a flag. Each of its systems is judged alone. */
export type FlagCases = {
  flag: string;
  /** Where a flag comes in more than one way: which one this is. */
  way?: string;
  feed: string;
  /** For each part of the threshold, a system that just misses that part and meets all others. */
  below: Record<string, Given>;
  above: Given;
  /** Where the threshold has a duration or a number of observations: systems that would meet it if time that nobody observed counted. */
  unobserved?: Record<string, Given>;
  /** What ends it, at END_SECOND. */
  end: Given;
};

/** All that makes a flag has come before; then a poll fails. */
export const UNOBSERVED_SECOND = 40 * HOUR;
export const END_SECOND = 41 * HOUR;

export const failedPoll = (system_id: string, feed: string, second: number) =>
  ({ system_id, feed, second, outcome: 'failed', error: 'timeout', http_status: null }) as const;
