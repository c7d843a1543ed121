import type { IHeaders } from './kafka-types.ts';
import { headerText, isName, readPollHeaders } from './poll-headers.ts';

export { InvalidPollRecord } from './invalid-poll-record.ts';

export type PollOutcome = 'fetched' | 'unchanged' | 'failed';

/** One finished poll of one feed of one system, also when nothing changed or it failed. */
export type PollRecord = {
  system_id: string;
  /** GBFS' own name of the feed: station_status, station_information, … */
  feed: string;
  /** To the millisecond. */
  fetched_at: Date;
  /** URL that answered, or was asked when nothing did. */
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
  /** As received, content-decoded; empty when there is none. */
  body: Buffer;
};

/** What decodePoll reads of a Kafka record; a KafkaMessage fits. */
export type RecordToDecode = {
  key: Buffer | null;
  value: Buffer | null;
  headers?: IHeaders | undefined;
};

const TYPE_PREFIX = 'org.gbfs.';
const NO_BODY = Buffer.alloc(0);

/**
 * One poll as a Kafka record: the body is the value, everything else CloudEvents 1.0 headers (Kafka binding, binary mode), so that
 * kcat, ksqlDB or Flink read the body as it is. What is null or empty has no header.
 * @throws RangeError when fetched_at is no valid time
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

/** Longer ones, and those that no database can keep, are replaced by our own form. */
const POLL_ID_LENGTH_MAX = 1000;

/** The `ce_id` that the record has; another CloudEvents producer may write its own. */
export function readPollId({ headers }: RecordToDecode, poll: PollRecord): string {
  const id = headerText(headers?.ce_id);
  return id && id.length <= POLL_ID_LENGTH_MAX && !id.includes('\0') ? id : pollId(poll);
}

/**
 * Reads what encodePoll, or another CloudEvents producer, wrote. The body is not looked at.
 * A record as encodePoll writes it takes a short checked path; only one that does not fit goes through zod, which accepts the rest
 * of what CloudEvents allows and says what is wrong with what remains.
 * @throws InvalidPollRecord
 */
export function decodePoll(message: RecordToDecode): PollRecord {
  return readAsWritten(message) ?? readPollHeaders(message);
}

function readAsWritten({ key, value, headers }: RecordToDecode): PollRecord | undefined {
  if (headers === undefined || key === null) return undefined;
  const system_id = headerText(headers.ce_subject);
  const source = headerText(headers.ce_source);
  const type = headerText(headers.ce_type);
  const outcome = headerText(headers.ce_outcome);
  const fetched_at = readTimeAsWritten(headerText(headers.ce_time));
  const http_status = readNumberAsWritten(headerText(headers.ce_httpstatus));
  const duration_ms = readNumberAsWritten(headerText(headers.ce_durationms));
  const error = headerText(headers.ce_error);
  const imported = headerText(headers.ce_imported);
  if (!system_id || !source || key.toString() !== system_id) return undefined;
  if (!type?.startsWith(TYPE_PREFIX) || type.length === TYPE_PREFIX.length) return undefined;
  if (!isName(system_id) || !isName(type) || error?.includes('\0')) return undefined;
  if (outcome !== 'fetched' && outcome !== 'unchanged' && outcome !== 'failed') return undefined;
  if (fetched_at === undefined || http_status === undefined || duration_ms === undefined) return undefined;
  if (http_status !== null && (http_status < 100 || http_status > 599)) return undefined;
  if (imported !== undefined && imported !== 'true') return undefined;
  if (headerText(headers.ce_specversion) !== '1.0') return undefined;
  return {
    system_id,
    feed: type.slice(TYPE_PREFIX.length),
    fetched_at,
    source,
    outcome,
    http_status,
    etag: headerText(headers.ce_etag) || null,
    duration_ms,
    error: error || null,
    content_type: headerText(headers['content-type']) || null,
    imported: imported === 'true',
    body_id: headerText(headers.ce_bodyid) || null,
    body: value ?? NO_BODY,
  };
}

// The round trip is the check of form and calendar at once: Date.parse alone takes 30 February for 2 March.
function readTimeAsWritten(text: string | undefined): Date | undefined {
  if (text?.length !== 24) return undefined;
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text ? time : undefined;
}

/** null when absent, undefined when it is no plain whole number of at most 9 digits. */
function readNumberAsWritten(text: string | undefined): number | null | undefined {
  if (text === undefined) return null;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
