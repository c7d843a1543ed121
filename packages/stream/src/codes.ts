const HEADERS = {
  key: 'key',
  ce_specversion: 'ce_specversion',
  ce_subject: 'ce_subject',
  ce_type: 'ce_type',
  ce_time: 'ce_time',
  ce_source: 'ce_source',
  ce_outcome: 'ce_outcome',
  ce_httpstatus: 'ce_httpstatus',
  ce_durationms: 'ce_durationms',
  ce_etag: 'ce_etag',
  ce_error: 'ce_error',
  content_type: 'content-type',
  ce_imported: 'ce_imported',
  ce_bodyid: 'ce_bodyid',
} as const;
type HeaderName = keyof typeof HEADERS;
export type InvalidRecordCode = 'unreadable_batch' | `missing_${HeaderName}` | `invalid_${HeaderName}`;

/** Why a record is not a poll. */
export const INVALID_RECORD = Object.fromEntries([
  ['unreadable_batch', 'The records were compressed together, and cannot be decompressed.'],
  ...Object.entries(HEADERS).flatMap(([name, header]) => [
    [`missing_${name}`, `The record has no ${header}.`],
    [`invalid_${name}`, `The ${header} of the record is invalid.`],
  ]),
]) as Record<InvalidRecordCode, string>;
