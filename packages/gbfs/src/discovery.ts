import type { SkipCode } from './codes.ts';
import { type Decoded, UndecodableBody } from './decoded.ts';
import { readEnvelope } from './envelope.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';
import { type Tally, tally } from './tally.ts';
import { chooseLanguage } from './values/language.ts';
import { parseWebUrl } from './values/web-url.ts';

/** A feed of a system: its GBFS name and its absolute URL. */
export type DiscoveredFeed = { name: string; url: string };

/** The name becomes part of an event type and a metric label, so only names that look like GBFS names are accepted. */
const FEED_NAME = /^[a-z0-9_.-]{1,64}$/i;

/**
 * Decodes gbfs.json: `data.feeds` (from 3.0 on) or `data.<language>.feeds` (1.0 to 2.3).
 * Reads the preferred language, else the publisher's first, and adds the feeds that only another language lists.
 * Resolves relative URLs, replaces http by https if discovery itself came over https, and leaves out gbfs.json when it lists itself.
 * @param discoveryUrl the URL that the body came from.
 * @throws UndecodableBody `not_a_feed` or `no_feed_list`. An empty list is a list.
 */
export function decodeDiscovery(
  document: unknown,
  discoveryUrl: string,
  preferredLanguages: readonly string[] = [],
): Decoded<DiscoveredFeed> {
  const { content, envelope } = readEnvelope(document);
  const { skipped, coerced } = envelope;
  const [chosen, ...others] = requireFeedLists(content, preferredLanguages);
  const feeds = readFeeds(chosen, discoveryUrl, skipped, coerced);
  for (const other of others) {
    for (const [name, feed] of readFeeds(other, discoveryUrl, {}, {})) {
      if (feeds.has(name)) continue;
      tally(coerced, 'feed_of_other_language');
      feeds.set(name, feed);
    }
  }
  return { rows: [...feeds.values()], ...envelope };
}

/**
 * Returns all lists of feeds, starting with the one to prefer.
 * @throws UndecodableBody `no_feed_list`
 */
export function requireFeedLists(
  content: JsonObject,
  preferredLanguages: readonly string[] = [],
): [unknown[], ...unknown[][]] {
  const [first, ...others] = feedLists(content, preferredLanguages);
  if (first !== undefined) return [first, ...others];
  throw new UndecodableBody('no_feed_list', 'Cannot decode body: it has no list "feeds"');
}

function feedLists(content: JsonObject, preferredLanguages: readonly string[]): unknown[][] {
  if (Array.isArray(content.feeds)) return [content.feeds];
  const byLanguage = new Map<string, unknown[]>();
  for (const [language, value] of Object.entries(content)) {
    if (isJsonObject(value) && Array.isArray(value.feeds)) byLanguage.set(language, value.feeds);
  }
  const first = chooseLanguage([...byLanguage.keys()], preferredLanguages);
  const others = [...byLanguage.keys()].filter((language) => language !== first);
  return [first, ...others].flatMap((language) => {
    const feeds = language === undefined ? undefined : byLanguage.get(language);
    return feeds === undefined ? [] : [feeds];
  });
}

/** Returns the feeds by name. When a feed is listed twice, the last one counts. */
function readFeeds(
  listed: unknown[],
  discoveryUrl: string,
  skipped: Tally,
  coerced: Tally,
): Map<string, DiscoveredFeed> {
  const feeds = new Map<string, DiscoveredFeed>();
  for (const entry of listed) {
    const feed = isJsonObject(entry) ? readFeed(entry, discoveryUrl, coerced) : 'not_an_object';
    if (typeof feed === 'string') {
      tally(skipped, feed);
      continue;
    }
    if (feeds.has(feed.name)) tally(skipped, 'duplicate');
    feeds.set(feed.name, feed);
  }
  return feeds;
}

/** Returns the feed, or why it is left out. */
function readFeed(entry: JsonObject, discoveryUrl: string, coerced: Tally): DiscoveredFeed | SkipCode {
  const listedName = typeof entry.name === 'string' ? entry.name.trim() : '';
  const name = listedName.replace(/\.json$/i, '');
  if (name === '') return 'name_missing';
  if (!FEED_NAME.test(name)) return 'name_unusable';
  if (name === 'gbfs') return 'gbfs_itself';
  const url =
    typeof entry.url === 'string' && entry.url.trim() !== ''
      ? parseWebUrl(entry.url, discoveryUrl)
      : undefined;
  if (url === undefined) return 'url_unusable';
  if (name !== listedName) tally(coerced, 'feed_name_suffix');
  if (!URL.canParse(String(entry.url).trim())) tally(coerced, 'url_relative');
  // With an explicit port, http stays: a server that speaks plain http on a port does not answer https on it.
  if (url.protocol === 'http:' && url.port === '' && URL.parse(discoveryUrl)?.protocol === 'https:') {
    url.protocol = 'https:';
    tally(coerced, 'url_upgraded_to_https');
  }
  return { name, url: url.href };
}
