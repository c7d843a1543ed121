import type { BodyFate } from '../publish/publish-buffer.ts';
import type { System } from '../sources/system.ts';
import type { Validators } from './fetch-feed.ts';
import type { NewestBody } from './newest-body.ts';

/** Discovery is polled and recorded like any other feed, under the name GBFS gives its file. */
export const DISCOVERY = 'gbfs';

export type KnownBody = {
  validators: Validators;
  fate: BodyFate;
  /** The pollId of the poll that fetched the body. The record of a 304 refers to it. */
  id: string;
  /** On the monotonic clock: a step of the wall clock must not prolong the validity. */
  fetchedAtMs: number;
};

/** What ingest remembers about one feed between polls. */
export type Feed = {
  readonly system: RecordedSystem;
  readonly name: string;
  url: string;
  /** The body that a 304 would refer to; null when the next answer must be a whole body. */
  knownBody: KnownBody | null;
  /** The newest whole body: Kafka may have refused it since. */
  sentBody: { fate: BodyFate; bytes: number } | null;
  /** What the publisher said about the age of the newest body: see newest-body.ts. */
  newestBody: NewestBody | null;
  /** The last valid ttl. */
  ttlSeconds: number | null;
  failuresInARow: number;
  /** No request starts earlier than this (monotonic clock): the last poll plus the ttl or the floor. */
  notBeforeMs: number;
  timedOut: boolean;
  /** When its next poll begins, on the monotonic clock. */
  dueAtMs: number;
  /** When the last request started; null when unknown. */
  askedAtMs: number | null;
  /** A request is under way. */
  underWay: boolean;
  /** Since when every poll has failed; null when the feed answers or was never polled. */
  failingSinceMs: number | null;
};

/** A system as it is polled, with the actual keys, which are never recorded or logged. */
export type SystemSettings = System & {
  secretValues?: readonly string[];
  /** Its discovery_url as in velolog.systems, with the names of keys instead of the keys. */
  listedUrl?: string;
  /** Identifies its settings as in velolog.systems. Absent where nothing is kept across restarts. */
  listedHash?: string;
};

/** One system with the feeds that discovery has listed so far. */
export type RecordedSystem = {
  readonly settings: SystemSettings;
  discovery: Feed;
  readonly feeds: Map<string, Feed>;
  /** The origins that may receive the system's headers. */
  trustedOrigins: ReadonlySet<string>;
  /** The publisher answers 410: it says that the system is gone for good. */
  hasEnded: boolean;
  /** Its system_information says that its last day has passed. */
  isTerminated: boolean;
  answers410: boolean;
  /** Access tokens sent recently. Publishers repeat them in their answers, and they must not be recorded. */
  readonly tokens: Set<string>;
  /** Aborted when the system is no longer to be recorded. */
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
  // System and feed refer to each other, so one must exist first.
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
    sentBody: null,
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

/** The feed's labels in metrics and log lines. */
export function labelsOf({ system, name }: Feed): { system: string; feed: string } {
  return { system: system.settings.id, feed: name };
}

/** The key for what is kept about a system across restarts: the URL it is listed with, because a renamed system has the same publisher. */
export function placeOf({ id, discovery_url, listedUrl = discovery_url }: SystemSettings): string {
  // Two systems with hidden keys may be two accounts.
  return listedUrl.includes('***') ? `${listedUrl} ${id}` : listedUrl;
}
