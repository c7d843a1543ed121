import { HOUR, type QualityStore } from '../workers/quality-store.ts';

/** What a system of that name did, recorded in a store. */
export type Given = (store: QualityStore, system: string) => Promise<unknown>;

/** One way to get a flag. Each of its systems is judged alone. */
export type FlagCases = {
  flag: string;
  /** Which way this is, if a flag can be caused in more than one way. */
  way?: string;
  feed: string;
  /** For each part of the threshold, a system that just misses that part and meets all others. */
  below: Record<string, Given>;
  above: Given;
  /** If the threshold has a duration or a number of observations: systems that would meet it if unobserved time counted. */
  unobserved?: Record<string, Given>;
  /** Ends the flag, at END_SECOND. */
  end: Given;
  /** Other ways to end it, each of a system that got it in this way. */
  otherEnds?: Record<string, { above: Given; end: Given }>;
};

/** Everything that causes a flag comes before this; then a poll fails. */
export const UNOBSERVED_SECOND = 40 * HOUR;
export const END_SECOND = 41 * HOUR;

export const failedPoll = (system_id: string, feed: string, second: number) =>
  ({ system_id, feed, second, outcome: 'failed', error: 'timeout', http_status: null }) as const;
