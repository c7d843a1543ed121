import type { Feed } from '../api/feed.ts';
import type { Reader } from './reader.ts';

export async function readFeeds(reader: Reader, systemId: string): Promise<Feed[]> {
  return await reader.query<Feed>(
    `select feed, last_fetched_at, last_success_at, last_updated, ttl_seconds, overdue, consecutive_failures, last_error,
       stations_skipped
     from api.feed_health where system_id = $1 order by feed`,
    [systemId],
  );
}
