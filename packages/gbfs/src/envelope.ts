import { z } from 'zod';
import { type Decoded, UndecodableBody } from './decoded.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';
import { type Tally, tally } from './tally.ts';
import { readTimestamp } from './timestamp.ts';
import { readVersion } from './version.ts';

/** What every body says about itself, next to its `data`; the decoder of the feed adds the rows. */
export type Envelope = Omit<Decoded<never>, 'rows'>;

const SECONDS_PER_YEAR = 31_536_000;
const ttlSeconds = z.coerce.number().min(0).max(SECONDS_PER_YEAR).transform(Math.ceil);

/** @throws UndecodableBody `not_a_feed` when the document is no object. */
export function readEnvelope(document: unknown): { content: JsonObject; envelope: Envelope } {
  if (!isJsonObject(document)) {
    const found = Array.isArray(document) ? 'an array' : document === null ? 'null' : `a ${typeof document}`;
    throw new UndecodableBody('not_a_feed', `Cannot decode body: a feed is an object, this is ${found}`);
  }
  const coerced: Tally = {};
  const envelope = {
    version: readVersion(document.version) ?? null,
    last_updated: readTimestamp(findLastUpdated(document, coerced), 'last_updated', coerced),
    ttl: readTtl(document.ttl, coerced),
    skipped: {},
    coerced,
  };
  return { content: isJsonObject(document.data) ? document.data : document, envelope };
}

function findLastUpdated(document: JsonObject, coerced: Tally): unknown {
  // Velib spells it so.
  if (document.last_updated === undefined && document.lastUpdatedOther !== undefined) {
    tally(coerced, 'last_updated_misnamed');
    return document.lastUpdatedOther;
  }
  return document.last_updated;
}

function readTtl(value: unknown, coerced: Tally): number | null {
  if (value === undefined || value === null) return null;
  const ttl = ttlSeconds.safeParse(
    typeof value === 'string' && value.trim() !== '' ? value : asNumber(value),
  );
  if (!ttl.success) tally(coerced, 'ttl_unreadable');
  else if (typeof value === 'string') tally(coerced, 'ttl_text');
  return ttl.success ? ttl.data : null;
}

/** Coercion alone would read [] and false as 0. */
function asNumber(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}
