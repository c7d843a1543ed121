import type { PollRecord } from '@velolog/stream/poll-record';

/** The fields that are the same in all polls of station_status that were answered with a body. */
export const ANSWERED: Omit<PollRecord, 'system_id' | 'fetched_at' | 'body'> = {
  feed: 'station_status',
  source: 'https://example.org/gbfs/station_status.json',
  outcome: 'fetched',
  http_status: 200,
  etag: null,
  duration_ms: 12,
  error: null,
  content_type: 'application/json',
  imported: false,
  body_id: null,
};
