import { headerText, isName } from './poll-headers.ts';
import type { RecordToDecode } from './poll-record.ts';

/** The `ce_type` of the only kind of record in velolog.polls that is not a poll. */
const FORGET_TYPE = 'org.velolog.forget';

/**
 * "Everything before this record about the system was a mistake": the store removes the system's rows when it comes to it. It lies among the
 * polls, with the same key, because its place there is what it means: what lies before it is gone, also when a new database is
 * made from the topic, and what comes after it counts.
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

/** The system_id that the record says to forget; null for every other record. */
export function readForget({ key, headers }: Pick<RecordToDecode, 'key' | 'headers'>): string | null {
  if (headers === undefined || headerText(headers.ce_type) !== FORGET_TYPE) return null;
  const system_id = headerText(headers.ce_subject);
  // Under another key it would lie in another partition, and mean another place among the polls.
  return system_id && isName(system_id) && key?.toString() === system_id ? system_id : null;
}
