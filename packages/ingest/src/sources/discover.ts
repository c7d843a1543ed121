import { parseBody } from '@velolog/gbfs/body';
import { type DiscoveredFeed, decodeDiscovery } from '@velolog/gbfs/discovery';
import { feedNamed } from '@velolog/gbfs/feeds';
import { type BodyFacts, factsOf, noFeed } from '../fetch/body-facts.ts';
import { createFeed, type Feed, type RecordedSystem } from '../fetch/feed.ts';

export type DiscoveryFacts = BodyFacts & { feeds: DiscoveredFeed[] };

/** Never throws: a body that is not a discovery document lists no feeds. */
export function readDiscovery(
  body: Buffer,
  {
    answeredBy,
    languages,
    contentType,
  }: { answeredBy: string; languages: string[]; contentType: string | null },
): DiscoveryFacts {
  try {
    const { rows, ...envelope } = decodeDiscovery(parseBody(body, { contentType }), answeredBy, languages);
    return { problem: null, ...factsOf(envelope), feeds: rows, isFeed: rows.length > 0 };
  } catch (error) {
    return { ...noFeed(error), feeds: [] };
  }
}

/**
 * Takes over the current list of discovery. Returns the new feeds, those whose URL has changed, and those that are no
 * longer polled because the same list has another name now (a system that moves from GBFS 2.3 to 3.0). Any other feed
 * that is no longer listed is still polled at its old URL: listings lack feeds for a while (entur/lamassu#495), and a
 * feed that is gone backs off by itself.
 */
export function adoptFeeds(
  system: RecordedSystem,
  listed: DiscoveredFeed[],
): { added: Feed[]; moved: Feed[]; renamed: Feed[] } {
  const added: Feed[] = [];
  const moved: Feed[] = [];
  for (const { name, url } of listed) {
    if (!system.settings.feeds.includes(name) || isOlderName(name, system, listed)) continue;
    const known = system.feeds.get(name);
    if (known === undefined) {
      const feed = createFeed(system, name, url);
      system.feeds.set(name, feed);
      added.push(feed);
    } else if (known.url !== url) {
      move(known, url);
      moved.push(known);
    }
  }
  const renamed = [...system.feeds.values()].filter(({ name }) => goesByOtherName(name, system, listed));
  for (const { name } of renamed) system.feeds.delete(name);
  const urls = [system.settings.discovery_url, ...Array.from(system.feeds.values(), ({ url }) => url)];
  system.trustedOrigins = new Set(urls.map((url) => new URL(url).origin));
  return { added, moved, renamed };
}

/**
 * A system that lists one feed under two names (free_bike_status and vehicle_status) has one list of vehicles: it is polled under the newer
 * name.
 */
function isOlderName(name: string, { settings }: RecordedSystem, listed: DiscoveredFeed[]): boolean {
  const names = namesBeside(name);
  return listed.some(
    (other) => settings.feeds.includes(other.name) && names.indexOf(other.name) > names.indexOf(name),
  );
}

/** If both names were polled, each vehicle would be recorded twice. */
function goesByOtherName(name: string, system: RecordedSystem, listed: DiscoveredFeed[]): boolean {
  if (listed.some((other) => other.name === name)) return isOlderName(name, system, listed);
  const names = namesBeside(name);
  return listed.some((other) => system.settings.feeds.includes(other.name) && names.includes(other.name));
}

/** The names of a feed, newest last. */
function namesBeside(name: string): string[] {
  return feedNamed(name)?.names.map((known) => known.name) ?? [];
}

function move(feed: Feed, url: string): void {
  feed.url = url;
  feed.knownBody = null;
  feed.newestBody = null;
  feed.failuresInARow = 0;
}
