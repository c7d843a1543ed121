import type { Feed, RecordedSystem } from '../fetch/feed.ts';
import type { TokenKeeper } from './token-note.ts';

/** What polls report, so that politeness outlives restarts and hand-overs. */
export type Politeness = {
  /**
   * Before each request: resolves when it is written that the feed is being asked. Where it cannot be written and others may take the feed
   * over, who would not know of the request, it waits until it can. Rejects with the reason of the signal.
   */
  claim(feed: Feed, signal: AbortSignal): Promise<void>;
  /** The last look before a request is sent. When the feed is another worker's, its system has ended after this. */
  check(feed: Feed): void;
  /** What is known of a feed has changed. */
  note(feed: Feed): void;
  /** A host asked for no requests for so long. */
  noteWait(system: RecordedSystem, host: string, seconds: number): void;
  /** For the access tokens of a system. */
  tokenKeeper(system: RecordedSystem): TokenKeeper;
};

/** For single questions and tests: nothing is kept. */
export const forgetful: Politeness = {
  claim: async () => {},
  check() {},
  note() {},
  noteWait() {},
  tokenKeeper: nothingKept,
};

export function nothingKept(): TokenKeeper {
  return { claim: async () => {}, note() {}, wait() {} };
}
