import type { IHeaders } from './kafka/kafka-types.ts';

export type PollOutcome = 'fetched' | 'unchanged' | 'failed';

/** One finished poll of one feed of one system, even if nothing changed or the poll failed. */
export type PollRecord = {
  system_id: string;
  /** The GBFS name of the feed: station_status, station_information, … */
  feed: string;
  /** Precise to the millisecond. */
  fetched_at: Date;
  /** The URL that answered, or the requested one when there was no answer. */
  source: string;
  outcome: PollOutcome;
  http_status: number | null;
  etag: string | null;
  /** Rounded to whole milliseconds when encoded. */
  duration_ms: number | null;
  /** A short code (`timeout`, `http_503`); null when the poll did not fail. */
  error: string | null;
  content_type: string | null;
  /** True for history loaded by `velolog import`, false for a live poll. */
  imported: boolean;
  /** On an `unchanged` poll: the pollId of the fetched poll whose body it confirms. */
  body_id: string | null;
  /** The system's country (two letters, ISO 3166-1) if its entry has one; only on polls of discovery. */
  country?: string;
  /** As received, after content decoding; empty when there is none. */
  body: Buffer;
};

/** The parts of a Kafka record that `decodePoll` reads. A KafkaMessage fits. */
export type RecordToDecode = {
  key: Buffer | null;
  value: Buffer | null;
  headers?: IHeaders | undefined;
};

/** Comes before the name of the feed in `ce_type`. */
export const TYPE_PREFIX = 'org.gbfs.';

/**
 * Encodes a poll as a Kafka record: the body is the value, everything else is in CloudEvents 1.0 headers (Kafka binding, binary mode), so
 * that kcat, ksqlDB or Flink can read the body unchanged. Null and empty values get no header.
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

/** The `ce_id`, which identifies a poll and its body. */
export function pollId({
  system_id,
  feed,
  fetched_at,
}: Pick<PollRecord, 'system_id' | 'feed' | 'fetched_at'>): string {
  return `${system_id}/${feed}/${fetched_at.toISOString()}`;
}
