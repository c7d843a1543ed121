import type { GbfsVersion } from './gbfs-version.ts';

/** The content of a GBFS document, and the moment it describes. */
export type Publication = {
  lastUpdated: Date;
  ttlSeconds: number;
  data: object;
  /** What the system has but this version of GBFS cannot express without an invented value: how many, by reason. */
  leftOut?: Record<string, number>;
  /** The source of the data, in words. */
  origin?: string;
};

/** GBFS has no field for our additions; names of extensions begin with `_`. */
export function writeDocument(version: GbfsVersion, publication: Publication): string {
  const { lastUpdated, ttlSeconds, data, leftOut = {}, origin } = publication;
  const told = Object.entries(leftOut).filter(([, count]) => count > 0);
  return JSON.stringify({
    last_updated: version.time(lastUpdated),
    ttl: ttlSeconds,
    version: version.version,
    ...(told.length > 0 && { _left_out: Object.fromEntries(told) }),
    ...(origin !== undefined && { _origin: origin }),
    data,
  });
}

/** A past moment does not change. */
const PAST_TTL_SECONDS = 86_400;
const TTL_SECONDS_MAX = 86_400;

/** The system's own ttl, if it gives one. */
export function ttlOf(declared: number | null | undefined, usualSeconds: number, isPast: boolean): number {
  if (isPast) return PAST_TTL_SECONDS;
  return Math.min(declared ?? usualSeconds, TTL_SECONDS_MAX);
}
