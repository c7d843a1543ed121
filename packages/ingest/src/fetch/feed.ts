import type { BodyFate } from '../publish/publish-buffer.ts';
import type { System } from '../sources/system.ts';
import type { Validators } from './fetch-feed.ts';
import type { NewestBody } from './newest-body.ts';

/** Discovery is polled and recorded like any other feed, under the name GBFS gives its file. */
export const DISCOVERY = 'gbfs';

export type KnownBody = {
  validators: Validators;
  fate: BodyFate;
  /** The pollId of the poll that brought it: what the record of a 304 names. */
  id: string;
  /** On the monotonic clock: a step of the wall clock must not prolong it. */
  fetchedAtMs: number;
};

/** What is remembered of one feed from poll to poll. */
export type Feed = {
  readonly system: RecordedSystem;
  readonly name: string;
  url: string;
  /** The body that a 304 would refer to; null when the next answer has to be a whole body. */
  knownBody: KnownBody | null;
  /** What the publisher said of the newest body's age: see newest-body.ts. */
  newestBody: NewestBody | null;
  /** The last ttl that made sense. */
  ttlSeconds: number | null;
  failuresInARow: number;
  /** No request comes before this, on the monotonic clock: the last poll, and then the ttl or the floor. */
  notBeforeMs: number;
  timedOut: boolean;
  /** When its next poll begins, on the monotonic clock. */
  dueAtMs: number;
  /** When it was last asked; null: not known. */
  askedAtMs: number | null;
  /** A request is under way. */
  underWay: boolean;
  /** Since when it has failed without a break; null: it answers, or was never asked. */
  failingSinceMs: number | null;
};

/** A system as it is polled: with the keys themselves, which are never recorded or logged. */
export type SystemSettings = System & {
  secretValues?: readonly string[];
  /** Its discovery_url as velolog.systems has it: with the names of keys. */
  listedUrl?: string;
};

/** One system with the feeds that discovery has shown so far. */
export type RecordedSystem = {
  readonly settings: SystemSettings;
  discovery: Feed;
  readonly feeds: Map<string, Feed>;
  /** Where the headers of the system may go. */
  trustedOrigins: ReadonlySet<string>;
  /** Its publisher answers 410: as far as the publisher knows, it is gone for good. */
  hasEnded: boolean;
  /** Its system_information says that its last day is over. */
  isTerminated: boolean;
  answers410: boolean;
  /** Access tokens that were sent lately: publishers repeat them, and they must not be recorded. */
  readonly tokens: Set<string>;
  /** Aborted when the system shall no longer be recorded. */
  readonly ended: AbortController;
};

export function createSystem(settings: SystemSettings): RecordedSystem {
  const withoutDiscovery: Omit<RecordedSystem, 'discovery'> = {
    settings,
    feeds: new Map(),
    ended: new AbortController(),
    hasEnded: false,
    isTerminated: false,
    answers410: false,
    tokens: new Set(),
    trustedOrigins: new Set([new URL(settings.discovery_url).origin]),
  };
  // The two refer to each other, so one has to be there first.
  const system = withoutDiscovery as RecordedSystem;
  system.discovery = createFeed(system, DISCOVERY, settings.discovery_url);
  return system;
}

export function createFeed(system: RecordedSystem, name: string, url: string): Feed {
  return {
    system,
    name,
    url,
    knownBody: null,
    newestBody: null,
    ttlSeconds: null,
    failuresInARow: 0,
    notBeforeMs: Number.NEGATIVE_INFINITY,
    timedOut: false,
    dueAtMs: Number.NEGATIVE_INFINITY,
    askedAtMs: null,
    underWay: false,
    failingSinceMs: null,
  };
}

/** The labels of its metrics and log lines. */
export function labelsOf({ system, name }: Feed): { system: string; feed: string } {
  return { system: system.settings.id, feed: name };
}

/** What is remembered of a system from restart to restart goes by the URL it is listed with: under another name it is the same publisher. */
export function placeOf({ id, discovery_url, listedUrl = discovery_url }: SystemSettings): string {
  // Two with hidden keys may be two accounts.
  return listedUrl.includes('***') ? `${listedUrl} ${id}` : listedUrl;
}
