import type { Feed } from '../api/feed.ts';
import type { Reader } from '../database/reader.ts';

/** The columns of an answer. An age would be wrong by the time it is read, whereas data_at stays true. */
export const FEED_COLUMNS = `feed, last_fetched_at, last_success_at, last_updated,
  date_trunc('milliseconds', now() - age_seconds * interval '1 s' + interval '0.5 ms') as data_at,
  ttl_seconds, overdue, consecutive_failures, last_error, refused_polls, refused_since, stations_skipped, is_archive`;

export async function readFeeds(reader: Reader, systemId: string): Promise<Feed[]> {
  return await reader.query<Feed>(
    `select ${FEED_COLUMNS} from api.feed_health where system_id = $1 order by feed`,
    [systemId],
  );
}
