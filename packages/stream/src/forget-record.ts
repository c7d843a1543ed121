import { headerText, isName } from './poll-headers.ts';
import type { RecordToDecode } from './poll-record.ts';

/** The `ce_type` of the only kind of record in velolog.polls that is not a poll. */
const FORGET_TYPE = 'org.velolog.forget';

/**
 * Encodes the record that says "everything before this record about the system was a mistake". When the store reads it, it removes the
 * system's rows. The record lies among the polls, under the same key, because its position is its meaning: the polls before it do not
 * count, not even for a new database that is filled from the topic, and the polls after it do.
 */
export function encodeForget(
  system_id: string,
  at: Date,
): { key: string; value: null; headers: Record<string, string> } {
  const time = at.toISOString();
  return {
    key: system_id,
    value: null,
    headers: {
      ce_specversion: '1.0',
      ce_id: `${system_id}/forget/${time}`,
      ce_source: 'velolog:forget',
      ce_type: FORGET_TYPE,
      ce_subject: system_id,
      ce_time: time,
    },
  };
}

/** The system_id that the record says to forget; null for any other record. */
export function readForget({ key, headers }: Pick<RecordToDecode, 'key' | 'headers'>): string | null {
  if (headers === undefined || headerText(headers.ce_type) !== FORGET_TYPE) return null;
  const system_id = headerText(headers.ce_subject);
  // Under another key the record would be in another partition, at a position that does not refer to the system's polls.
  return system_id && isName(system_id) && key?.toString() === system_id ? system_id : null;
}
