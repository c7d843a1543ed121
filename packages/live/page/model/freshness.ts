/** How old the data is, in words for people: `late` is said in a banner, at `stale` stations turn grey. */
export type Freshness = 'unknown' | 'live' | 'late' | 'stale';

/**
 * A feed may be read once in its ttl, and no more often than every 10 s as shipped. Three of those without an answer
 * is late. Stale is what the view feed_health calls overdue.
 *
 * @param ageSeconds age of the newest data by the server's clock; null when there is none
 * @param ttlSeconds of the feed; null when it does not say
 */
export function freshnessOf(ageSeconds: number | null, ttlSeconds: number | null): Freshness {
  if (ageSeconds === null) return 'unknown';
  const usualSeconds = Math.max(10, ttlSeconds ?? 60);
  if (ageSeconds > Math.max(300, 10 * usualSeconds)) return 'stale';
  return ageSeconds > 3 * usualSeconds ? 'late' : 'live';
}
