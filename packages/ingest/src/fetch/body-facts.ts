import { parseBody } from '@velolog/gbfs/body';
import { readEnvelope } from '@velolog/gbfs/envelope';

/** What scheduling and conditional requests need to know of a body; the rest is for the store to decode. */
export type BodyFacts = {
  ttl: number | null;
  /** Epoch seconds. */
  last_updated: number | null;
  /** A JSON object at all; anything else (HTML with status 200, a cut body) is treated as a failure when the next poll is planned. */
  isObject: boolean;
  /**
   * Surely a feed with something in it. Only then may a later 304 refer to this body: an error page with an ETag, or an empty list, would
   * otherwise go on as "unchanged". Being stricter than the store costs a full answer, being laxer would cost truth.
   */
  isFeed: boolean;
};

/** Parsing 1 MiB takes some 8 ms; bodies of up to 9 MB exist, and would hold up every other feed. */
const PARSED_BYTES_MAX = 1024 * 1024;
const SCANNED_BYTES = 4096;
export const NO_FEED: BodyFacts = { ttl: null, last_updated: null, isObject: false, isFeed: false };

/** Never throws: a body that is no feed is a fact as well. */
export function readBodyFacts(body: Buffer, feed: string): BodyFacts {
  try {
    return body.length <= PARSED_BYTES_MAX ? parse(body, feed) : scan(body, feed);
  } catch {
    return NO_FEED;
  }
}

function parse(body: Buffer, feed: string): BodyFacts {
  const { content, envelope } = readEnvelope(parseBody(body));
  return {
    ttl: envelope.ttl,
    last_updated: envelope.last_updated,
    isObject: true,
    isFeed: feed.startsWith('station_')
      ? Array.isArray(content.stations) && content.stations.length > 0
      : Object.keys(content).length > 0,
  };
}

/** Publishers put ttl and last_updated before the data or after it. */
function scan(body: Buffer, feed: string): BodyFacts {
  const head = body.toString('latin1', 0, SCANNED_BYTES);
  const tail = body.toString('latin1', body.length - SCANNED_BYTES);
  const outside = `${head.split(/"stations"\s*:/, 1)[0]} ${tail}`;
  const { envelope } = readEnvelope({
    ttl: /"ttl"\s*:\s*"?(\d+)/.exec(outside)?.[1],
    last_updated: /"(?:last_updated|lastUpdatedOther)"\s*:\s*"?([^",}\s]+)/.exec(outside)?.[1],
  });
  const isObject = /^(?:\u00ef\u00bb\u00bf)?\s*\{/.test(head) && /\}\s*$/.test(tail);
  return {
    ttl: envelope.ttl,
    last_updated: envelope.last_updated,
    isObject,
    isFeed: isObject && (!feed.startsWith('station_') || /"stations"\s*:\s*\[\s*\{/.test(`${head} ${tail}`)),
  };
}
