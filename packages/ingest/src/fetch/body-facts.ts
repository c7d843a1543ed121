import { parseBody } from '@velolog/gbfs/body';
import { UndecodableBody } from '@velolog/gbfs/decoded';
import { type Envelope, readEnvelope, TTL_UNREADABLE } from '@velolog/gbfs/envelope';
import { checkFeed } from '@velolog/gbfs/feed-check';
import { FEEDS, feedNamed } from '@velolog/gbfs/feeds';
import { ROWS_MAX } from '@velolog/gbfs/feeds/row-list';
import { STATIONS } from '@velolog/gbfs/feeds/station-list';
import { VEHICLES } from '@velolog/gbfs/feeds/vehicle-status';

/** What scheduling and conditional requests need to know about a body. The store decodes the rest. */
export type BodyFacts = {
  /** Why the body is not a valid feed, in the store's terms; null when it is valid and the poll succeeded. */
  problem: string | null;
  ttl: number | null;
  /** The body has a ttl that makes no sense: the last valid one still applies. */
  ttlIsUnreadable: boolean;
  /** Epoch seconds. */
  last_updated: number | null;
  /**
   * The body is certainly a feed with content. Only then may a later 304 refer to it: otherwise an error page with an
   * ETag, or an empty list, would count as "unchanged" from then on. If this check is stricter than the store's, one
   * extra whole body is fetched; if it were laxer, wrong data would count.
   */
  isFeed: boolean;
};

/** Parsing 1 MiB takes about 8 ms, which delays every other feed. The largest known feed has 9 MB. */
const PARSED_BYTES_MAX = 8 * 1024 * 1024;
const SCANNED_BYTES = 4096;

/** Never throws: that a body is not a feed is a fact as well. */
export function readBodyFacts(body: Buffer, feed: string, contentType: string | null = null): BodyFacts {
  try {
    if (body.length > PARSED_BYTES_MAX && !mayListTooMuch(body)) return scan(body, feed);
    const { envelope, saysNothing } = checkFeed(feed, parseBody(body, { contentType }));
    return { problem: null, ...factsOf(envelope), isFeed: !saysNothing };
  } catch (error) {
    return noFeed(error);
  }
}

export function noFeed(error: unknown): BodyFacts {
  if (!(error instanceof UndecodableBody)) throw error;
  return { problem: error.reason, ttl: null, ttlIsUnreadable: false, last_updated: null, isFeed: false };
}

export function factsOf({ ttl, last_updated, coerced }: Omit<Envelope, 'skipped' | 'version'>) {
  return { ttl, ttlIsUnreadable: TTL_UNREADABLE in coerced, last_updated };
}

/** The store refuses a body with too many rows, which its head and tail do not show. Whether it has them, only parsing tells. */
function mayListTooMuch(body: Buffer): boolean {
  let objects = 0;
  for (let at = body.indexOf('{'); at >= 0 && objects <= ROWS_MAX; at = body.indexOf('{', at + 1))
    objects += 1;
  return objects > ROWS_MAX;
}

/** Publishers put ttl and last_updated either before or after the data. */
function scan(body: Buffer, feed: string): BodyFacts {
  const head = body.toString('latin1', 0, SCANNED_BYTES);
  const tail = body.toString('latin1', body.length - SCANNED_BYTES);
  if (!/^(?:\u00ef\u00bb\u00bf)?\s*\{/.test(head) || !/\}\s*$/.test(tail)) {
    throw new UndecodableBody('not_json', `Cannot parse body of ${body.length} bytes: it is not JSON`);
  }
  const outside = `${head.split(/"(?:stations|vehicles|bikes)"\s*:/, 1)[0]} ${tail}`;
  const { envelope } = readEnvelope({
    ttl: readNumber(/"ttl"\s*:\s*("[^"]*"|[^",}\s]+)/.exec(outside)?.[1]),
    last_updated: /"(?:last_updated|lastUpdatedOther)"\s*:\s*"?([^",}\s]+)/.exec(outside)?.[1],
  });
  const list = listOf(feed);
  if (list === null) return { problem: null, ...factsOf(envelope), isFeed: true };
  const first = list.names.map((name) => firstOf(body, name)).find((entry) => entry !== null);
  if (first === undefined) {
    throw new UndecodableBody(list.missing, `Cannot decode body: it has no list "${list.names[0]}"`);
  }
  return { problem: null, ...factsOf(envelope), isFeed: first === '{' || list === VEHICLES };
}

function listOf(feed: string): typeof STATIONS | typeof VEHICLES | null {
  if (feed.startsWith('station_')) return STATIONS;
  return feedNamed(feed) === FEEDS.vehicle_status ? VEHICLES : null;
}

/** How the list of that name begins: "{", or an empty string for anything else; null when there is no such list. */
function firstOf(body: Buffer, name: string): string | null {
  const at = body.indexOf(`"${name}"`);
  const text = at < 0 ? '' : body.toString('latin1', at + name.length + 2, at + name.length + 200);
  const list = /^\s*:\s*\[\s*(\{?)/.exec(text);
  return list === null ? null : (list[1] ?? '');
}

/** The value of the JSON text; the text itself when it is not JSON. */
function readNumber(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return json;
  }
}
