import type { IHeaders } from './kafka/kafka-types.ts';

export type PollOutcome = 'fetched' | 'unchanged' | 'failed';

/** One finished poll of one feed of one system, also when nothing changed or it failed. */
export type PollRecord = {
  system_id: string;
  /** GBFS' own name of the feed: station_status, station_information, … */
  feed: string;
  /** To the millisecond. */
  fetched_at: Date;
  /** The URL that answered, or the one that was asked when none did. */
  source: string;
  outcome: PollOutcome;
  http_status: number | null;
  etag: string | null;
  /** Whole milliseconds once encoded. */
  duration_ms: number | null;
  /** A short code (`timeout`, `http_503`); null when the poll did not fail. */
  error: string | null;
  content_type: string | null;
  /** History loaded by `velolog import`, as opposed to a poll made now. */
  imported: boolean;
  /** Of an `unchanged` poll: the pollId of the fetched one whose body it confirms. */
  body_id: string | null;
  /** Of the system, two letters of ISO 3166-1, where its entry has it: on polls of discovery. */
  country?: string;
  /** As received, content-decoded; empty when there is none. */
  body: Buffer;
};

/** What `decodePoll` reads of a Kafka record; a KafkaMessage fits. */
export type RecordToDecode = {
  key: Buffer | null;
  value: Buffer | null;
  headers?: IHeaders | undefined;
};

/** What stands before the name of the feed in `ce_type`. */
export const TYPE_PREFIX = 'org.gbfs.';

/**
 * One poll as a Kafka record: the body is the value, everything else CloudEvents 1.0 headers (Kafka binding, binary mode), so that
 * kcat, ksqlDB or Flink read the body as it is. What is null or empty has no header.
 * @throws RangeError when fetched_at is not a valid time
 */
export function encodePoll(poll: PollRecord): {
  key: string;
  value: Buffer;
  headers: Record<string, string>;
} {
  const time = poll.fetched_at.toISOString();
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: pollId(poll),
    ce_source: poll.source,
    ce_type: TYPE_PREFIX + poll.feed,
    ce_subject: poll.system_id,
    ce_time: time,
    ce_outcome: poll.outcome,
  };
  if (poll.content_type) headers['content-type'] = poll.content_type;
  if (poll.http_status !== null) headers.ce_httpstatus = String(poll.http_status);
  if (poll.etag) headers.ce_etag = poll.etag;
  if (poll.duration_ms !== null) headers.ce_durationms = String(Math.round(poll.duration_ms));
  if (poll.error) headers.ce_error = poll.error;
  if (poll.imported) headers.ce_imported = 'true';
  if (poll.body_id) headers.ce_bodyid = poll.body_id;
  if (poll.country) headers.ce_country = poll.country;
  return { key: poll.system_id, value: poll.body, headers };
}

/** What names a poll, and the body it brought: `ce_id`. */
export function pollId({
  system_id,
  feed,
  fetched_at,
}: Pick<PollRecord, 'system_id' | 'feed' | 'fetched_at'>): string {
  return `${system_id}/${feed}/${fetched_at.toISOString()}`;
}
