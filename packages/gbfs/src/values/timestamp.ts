import { z } from 'zod';
import type { TimeField } from '../codes.ts';
import { type Tally, tally } from '../tally.ts';

/** 2015-12-15T05:00:00Z, the minimum in the official schemas. It rejects the 0 and 86400 that feeds send for "never". */
export const EARLIEST_TIMESTAMP = 1_450_155_600;
/** 2100-01-01T00:00:00Z, the limit when a body gives nothing better to compare with. */
export const LATEST_TIMESTAMP = 4_102_444_800;
/** Larger numbers are milliseconds. In seconds this is the year 5138, in milliseconds 1973, so no time of a bike-share system is misread. */
const MILLISECONDS_FROM = 100_000_000_000;

const SECONDS_PER_DAY = 86_400;

/** A body from a cache can have last_reported seconds after last_updated (39 % of Oslo's bodies). A cache does not explain more than a day. */
export function latestReport(last_updated: number | null): number {
  return last_updated === null ? LATEST_TIMESTAMP : last_updated + SECONDS_PER_DAY;
}

const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:([Zz])|([+-]\d\d):?(\d\d))?$/;
const epochText = z
  .string()
  .trim()
  .regex(/^-?\d+(\.\d+)?$/)
  .transform(Number);

/**
 * Reads epoch seconds from POSIX seconds (GBFS 1.0 to 2.3), RFC 3339 (from 3.0), or the milliseconds and quoted numbers that some feeds send.
 * A time before `EARLIEST_TIMESTAMP` or after `latest` becomes null and is tallied as `<field>_implausible`.
 */
export function readTimestamp(
  value: unknown,
  field: TimeField,
  coerced: Tally,
  latest = LATEST_TIMESTAMP,
): number | null {
  if (typeof value === 'number' && value >= EARLIEST_TIMESTAMP && value <= latest) return Math.floor(value);
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') {
    const seconds = parseRfc3339(value);
    if (seconds >= EARLIEST_TIMESTAMP && seconds <= latest) return seconds;
  }
  return repairTimestamp(value, field, coerced, latest);
}

function repairTimestamp(value: unknown, field: TimeField, coerced: Tally, latest: number): number | null {
  const number = typeof value === 'string' ? epochText.safeParse(value).data : value;
  const rfc3339 = typeof value === 'string' ? parseRfc3339(value.trim()) : Number.NaN;
  if (typeof number !== 'number' && Number.isNaN(rfc3339)) {
    tally(coerced, `${field}_unreadable`);
    return null;
  }
  const inMilliseconds = typeof number === 'number' && number >= MILLISECONDS_FROM;
  const seconds = typeof number === 'number' ? Math.floor(inMilliseconds ? number / 1000 : number) : rfc3339;
  if (!(seconds >= EARLIEST_TIMESTAMP && seconds <= latest)) {
    tally(coerced, `${field}_implausible`);
    return null;
  }
  tally(coerced, inMilliseconds ? `${field}_milliseconds` : `${field}_text`);
  return seconds;
}

/** Epoch seconds, or NaN. Drops fractions of a second. A time without a zone counts as UTC: Date.parse alone would use this machine's zone. */
function parseRfc3339(text: string): number {
  const match = RFC_3339.exec(text);
  if (match === null) return Number.NaN;
  const [, date, time, , offsetHours, offsetMinutes] = match;
  const zone = offsetHours === undefined ? 'Z' : `${offsetHours}:${offsetMinutes}`;
  return Date.parse(`${date}T${time}${zone}`) / 1000;
}
