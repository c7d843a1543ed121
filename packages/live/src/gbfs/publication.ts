import type { GbfsVersion } from './gbfs-version.ts';

/** What a document of GBFS says, and of which moment. */
export type Publication = {
  lastUpdated: Date;
  ttlSeconds: number;
  data: object;
  /** What the system has, and this version of GBFS cannot say without inventing a value: how many, by reason. */
  leftOut?: Record<string, number>;
  /** Where it comes from, in words. */
  origin?: string;
};

/** GBFS has no place for what is ours; names of extensions begin with `_`. */
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

/** Nothing of a past moment will change. */
const PAST_TTL_SECONDS = 86_400;
const TTL_SECONDS_MAX = 86_400;

/** The system's own, where it says one. */
export function ttlOf(declared: number | null | undefined, usualSeconds: number, isPast: boolean): number {
  if (isPast) return PAST_TTL_SECONDS;
  return Math.min(declared ?? usualSeconds, TTL_SECONDS_MAX);
}
