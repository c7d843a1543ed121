import { headerText, isName } from './poll-headers.ts';
import { type RecordToDecode, TYPE_PREFIX } from './poll-record.ts';

export type PollAddress = { system_id: string; feed: string; imported: boolean };

/**
 * Whose poll a record is, even if nothing else of it can be read. Null when it does not say, or says two things: its key must not contradict its
 * `ce_subject`.
 */
export function readPollAddress({
  key,
  headers,
}: Pick<RecordToDecode, 'key' | 'headers'>): PollAddress | null {
  const names = [key?.toString(), headerText(headers?.ce_subject)].filter((name) => name);
  const [system_id] = names;
  const type = headerText(headers?.ce_type);
  if (!system_id || names.some((name) => name !== system_id) || !isName(system_id)) return null;
  if (!type?.startsWith(TYPE_PREFIX) || type.length === TYPE_PREFIX.length || !isName(type)) return null;
  return {
    system_id,
    feed: type.slice(TYPE_PREFIX.length),
    imported: headerText(headers?.ce_imported) === 'true',
  };
}
