import { z } from 'zod';
import { type Decoded, UndecodableBody } from './decoded.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';
import { type Tally, tally } from './tally.ts';
import { readTimestamp } from './values/timestamp.ts';
import { readVersion } from './values/version.ts';

/** What every body says about itself, next to its `data`. The feed's decoder adds the rows. */
export type Envelope = Omit<Decoded<never>, 'rows'>;

/** A longer ttl counts as one year; publishers declare up to 2^31 - 1. */
const TTL_SECONDS_MAX = 31_536_000;
/** The reason in `coerced` for a ttl that is present but unusable. */
export const TTL_UNREADABLE = 'ttl_unreadable';
const ttlText = z
  .string()
  .trim()
  .regex(/^[+-]?\d+(\.\d+)?$/)
  .transform(Number);

/** @throws UndecodableBody `not_a_feed` when the document is not an object. */
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
  // Velib uses one spelling, VeoRide Providence the other.
  const misnamed = document.lastUpdatedOther ?? document.lastUpdated;
  if (document.last_updated === undefined && misnamed !== undefined) {
    tally(coerced, 'last_updated_misnamed');
    return misnamed;
  }
  return document.last_updated;
}

/** A ttl of more than a year counts as a year: a feed that hardly ever changes must not be polled like one without a ttl. A negative ttl is unusable. */
function readTtl(value: unknown, coerced: Tally): number | null {
  if (value === undefined || value === null) return null;
  const seconds = typeof value === 'string' ? ttlText.safeParse(value).data : value;
  if (typeof seconds !== 'number' || !(seconds >= 0)) {
    tally(coerced, TTL_UNREADABLE);
    return null;
  }
  if (typeof value === 'string') tally(coerced, 'ttl_text');
  if (seconds > TTL_SECONDS_MAX) tally(coerced, 'ttl_beyond_a_year');
  // Adding 0 turns -0 into 0.
  return Math.min(Math.ceil(seconds), TTL_SECONDS_MAX) + 0;
}
