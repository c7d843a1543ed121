import {
  createFeed,
  createSystem,
  type Feed,
  type RecordedSystem,
  type SystemSettings,
} from '../fetch/feed.ts';

type Retired = { system: RecordedSystem; dueAtMs: Map<Feed, number>; retiredAtMs: number };

const KEPT_MS = 86_400_000;
const KEPT_MAX = 2000;

/**
 * What was known of systems that are no longer recorded. Whoever is added again, or with other settings, is polled when it would have
 * been due: a publisher must not see that somebody changes their mind here.
 */
export class RetiredSystems {
  /** By the URL of discovery: under another name it is the same publisher. */
  readonly #retired = new Map<string, Retired>();

  put(system: RecordedSystem, dueAtMs: Map<Feed, number>, nowMs: number): void {
    for (const [url, { retiredAtMs }] of this.#retired) {
      if (nowMs - retiredAtMs > KEPT_MS || this.#retired.size >= KEPT_MAX) this.#retired.delete(url);
      else break;
    }
    this.#retired.delete(system.settings.discovery_url);
    this.#retired.set(system.settings.discovery_url, { system, dueAtMs, retiredAtMs: nowMs });
  }

  /** The system under its new settings, and when each of its feeds is due. */
  revive(settings: SystemSettings): { system: RecordedSystem; dueAtMs: Map<Feed, number> } {
    const system = createSystem(settings);
    const dueAtMs = new Map<Feed, number>();
    const retired = this.#retired.get(settings.discovery_url);
    if (retired === undefined) return { system, dueAtMs };
    this.#retired.delete(settings.discovery_url);
    const before = retired.system;
    system.trustedOrigins = before.trustedOrigins;
    const take = (feed: Feed, old: Feed): void => {
      Object.assign(feed, stateOf(old, before.settings.id === settings.id));
      // Back-off is for who goes on as before: this may be the key that was missing.
      const waited = old.failuresInARow === 0 ? retired.dueAtMs.get(old) : undefined;
      dueAtMs.set(feed, waited ?? old.notBeforeMs);
    };
    take(system.discovery, before.discovery);
    for (const [name, old] of before.feeds) {
      if (!(settings.feeds as string[]).includes(name)) continue;
      const feed = createFeed(system, name, old.url);
      system.feeds.set(name, feed);
      take(feed, old);
    }
    const isListedAnew = settings.feeds.some((name) => !before.settings.feeds.includes(name));
    if (isListedAnew) dueAtMs.set(system.discovery, before.discovery.notBeforeMs);
    return { system, dueAtMs };
  }
}

/** A 304 confirms a body of the same system only. */
function stateOf({ system, name, url, ...state }: Feed, isSameSystem: boolean): Partial<Feed> {
  return isSameSystem ? state : { ...state, knownBody: null };
}
