import type { Feed, RecordedSystem } from '../fetch/feed.ts';
import type { TokenKeeper } from './token-note.ts';

/** What polls report, so that politeness survives restarts and hand-overs. */
export type Politeness = {
  /**
   * Called before each request; resolves when the note that the feed is being polled is written. If it cannot be
   * written, and others who would not know of the request may take the feed over, it waits until it can. Rejects with
   * the reason of the signal.
   */
  claim(feed: Feed, signal: AbortSignal): Promise<void>;
  /** The last check before a request is sent. If the feed belongs to another worker by now, this ends its system. */
  check(feed: Feed): void;
  /** Called when the known state of a feed has changed. */
  note(feed: Feed): void;
  /** A host asked for a pause of this length. */
  noteWait(system: RecordedSystem, host: string, seconds: number): void;
  /** Keeps the notes on the system's access tokens. */
  tokenKeeper(system: RecordedSystem): TokenKeeper;
};

/** Keeps nothing. For single requests and tests. */
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
