import { feedNamed } from '@velolog/gbfs/feeds';
import {
  createFeed,
  createSystem,
  type Feed,
  placeOf,
  type RecordedSystem,
  type SystemSettings,
} from '../fetch/feed.ts';

/** What is remembered about a system that is not polled now. */
export type Remembered = {
  system_id: string;
  hasEnded: boolean;
  answers410: boolean;
  isTerminated: boolean;
  /** The feeds and languages of its settings. Null when unknown. */
  wanted: readonly string[] | null;
  languages: readonly string[] | null;
  /** By name, including discovery. */
  feeds: Map<string, RememberedFeed>;
  /**
   * The system continues as it was, including back-off: its worker restarted, or another one takes over. Feeds that were
   * asked under other settings do not.
   */
  goesOn: boolean;
};

export type RememberedFeed = Pick<
  Feed,
  | 'knownBody'
  | 'newestBody'
  | 'ttlSeconds'
  | 'failuresInARow'
  | 'notBeforeMs'
  | 'timedOut'
  | 'dueAtMs'
  | 'askedAtMs'
  | 'failingSinceMs'
> & {
  /** Null when only discovery can supply it. */
  url: string | null;
  /** The settings it was asked under. Null when unknown: by a worker of an older version. */
  settingsHash: string | null;
};

const KEPT_MS = 86_400_000;
const KEPT_MAX = 10_000;

/**
 * What was known about systems that are no longer recorded, or were recorded by another worker. A system that is added
 * again, or with changed settings, is polled when it would have been due: a publisher must not notice that somebody
 * changed their mind here, or that a worker restarted.
 */
export class RetiredSystems {
  readonly #retired = new Map<string, { remembered: Remembered; retiredAtMs: number }>();

  put(place: string, remembered: Remembered, nowMs: number): void {
    for (const [other, { retiredAtMs }] of this.#retired) {
      if (nowMs - retiredAtMs > KEPT_MS || this.#retired.size >= KEPT_MAX) this.#retired.delete(other);
      else break;
    }
    this.#retired.delete(place);
    this.#retired.set(place, { remembered, retiredAtMs: nowMs });
  }

  /** Another worker polls the system from now on and knows more. */
  forget(place: string): void {
    this.#retired.delete(place);
  }

  /** The system under its new settings, with the time when each of its feeds is due. */
  revive(settings: SystemSettings): RecordedSystem {
    const system = createSystem(settings);
    const place = placeOf(settings);
    const before = this.#retired.get(place)?.remembered;
    if (before === undefined) return system;
    this.#retired.delete(place);
    const isSame = before.system_id === settings.id;
    const { hasEnded, answers410, isTerminated } = before;
    Object.assign(system, { hasEnded, answers410, isTerminated });
    for (const [name, { url, settingsHash, ...state }] of before.feeds) {
      const isDiscovery = name === system.discovery.name;
      if (!isDiscovery && (url === null || !(settings.feeds as string[]).includes(name))) continue;
      if (isOldName(name, before.feeds)) continue;
      const feed = isDiscovery ? system.discovery : createFeed(system, name, url as string);
      // A 304 confirms only a body of the same system.
      Object.assign(feed, state, !isSame && { knownBody: null });
      // Back-off ends when settings change: the new ones may hold the key that was missing.
      const goesOn = before.goesOn && (settingsHash === null || settingsHash === settings.listedHash);
      if (!goesOn && state.failuresInARow > 0) feed.dueAtMs = state.notBeforeMs;
      if (!isDiscovery) system.feeds.set(name, feed);
    }
    const isListedAnew =
      settings.feeds.some((name) => before.wanted !== null && !before.wanted.includes(name)) ||
      (before.languages !== null && before.languages.join() !== settings.languages.join()) ||
      [...before.feeds].some(([name, { url }]) => url === null && name !== system.discovery.name);
    // What it lists is read with the settings: a 304 would not tell what they choose now.
    if (isListedAnew)
      Object.assign(system.discovery, { dueAtMs: system.discovery.notBeforeMs, knownBody: null });
    const urls = [settings.discovery_url, ...Array.from(system.feeds.values(), ({ url }) => url)];
    system.trustedOrigins = new Set(urls.map((url) => new URL(url).origin));
    return system;
  }
}

/** The same list had another name later, so the note under this name is out of date. */
function isOldName(name: string, feeds: Remembered['feeds']): boolean {
  const askedAtMs = feeds.get(name)?.askedAtMs ?? Number.NEGATIVE_INFINITY;
  const names = feedNamed(name)?.names ?? [];
  return names.some((other) => (feeds.get(other.name)?.askedAtMs ?? Number.NEGATIVE_INFINITY) > askedAtMs);
}

/**
 * Whoever took the system out may have its history forgotten before it is added again, and then the store has none of
 * its bodies: each is asked for again, whole, as soon as its publisher permits. Back-off and the end of a system stay.
 */
export function startOver({ discovery, feeds, hasEnded, isTerminated }: RecordedSystem): void {
  for (const feed of [discovery, ...feeds.values()]) {
    feed.knownBody = null;
    if (feed.failuresInARow === 0 && !hasEnded && !isTerminated) feed.dueAtMs = feed.notBeforeMs;
  }
}

export function remember(system: RecordedSystem): Remembered {
  const { settings, hasEnded, answers410, isTerminated, discovery, feeds } = system;
  const all = [discovery, ...feeds.values()];
  const settingsHash = settings.listedHash ?? null;
  return {
    system_id: settings.id,
    hasEnded,
    answers410,
    isTerminated,
    wanted: settings.feeds,
    languages: settings.languages,
    feeds: new Map(all.map(({ system: _, name, underWay, ...state }) => [name, { ...state, settingsHash }])),
    goesOn: false,
  };
}
