import { InvalidPollRecord } from './invalid-poll-record.ts';
import { batchErrorOf } from './kafka/unreadable-batch.ts';
import { headerText, isName, readCountry, readPollHeaders } from './poll-headers.ts';
import { type PollRecord, pollId, type RecordToDecode, TYPE_PREFIX } from './poll-record.ts';

const NO_BODY = Buffer.alloc(0);

/** A longer id, or one that the database cannot store, is replaced by our own. */
const POLL_ID_LENGTH_MAX = 1000;

/** The record's `ce_id`. Other CloudEvents producers may write ids in a form of their own. */
export function readPollId({ headers }: RecordToDecode, poll: PollRecord): string {
  const id = headerText(headers?.ce_id);
  return id && id.length <= POLL_ID_LENGTH_MAX && !id.includes('\0') ? id : pollId(poll);
}

/**
 * Reads a record from encodePoll or another CloudEvents producer. Does not look at the body.
 * Records that encodePoll wrote take a short, checked path. Only the others go through zod, which accepts whatever else CloudEvents allows
 * and explains what is wrong with the rest.
 * @throws InvalidPollRecord
 */
export function decodePoll(message: RecordToDecode): PollRecord {
  const read = readAsWritten(message);
  if (read !== undefined) return read;
  const batchError = batchErrorOf(message);
  if (batchError !== null) throw new InvalidPollRecord('unreadable_batch', `Its batch: ${batchError}`);
  return readPollHeaders(message);
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
    ...readCountry(headers),
    body: value ?? NO_BODY,
  };
}

// The round trip checks both format and calendar: Date.parse alone reads 30 February as 2 March.
function readTimeAsWritten(text: string | undefined): Date | undefined {
  if (text?.length !== 24) return undefined;
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text ? time : undefined;
}

/** Returns null when absent, undefined when it is not a whole number of at most 9 digits. */
function readNumberAsWritten(text: string | undefined): number | null | undefined {
  if (text === undefined) return null;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
