import type { IHeaders } from './kafka/kafka-types.ts';
import type { RecordToDecode } from './poll-record.ts';

/** Where a record came from and why it could not be used. `reason` is a code with few distinct values (`invalid_ce_time`, `not_json`). */
export type DeadLetterOrigin = {
  reason: string;
  topic: string;
  partition: number;
  /** As kafkajs gives offsets: a decimal string. */
  offset: string;
};

/** How much of the original travels: all, all but its value, or only where it came from and why. */
export type DeadLetterForm = 'whole' | 'without_value' | 'origin_only';

/** From the largest to the smallest: what a topic refuses for its size is sent in the next form. */
export const DEAD_LETTER_FORMS: readonly DeadLetterForm[] = ['whole', 'without_value', 'origin_only'];

export type EncodedDeadLetter = { key: Buffer | null; value: Buffer | null; headers: IHeaders };

/** A system id has at most 255 characters; a longer key names no system. */
const KEY_BYTES_KEPT_MAX = 1024;

/**
 * The record for the dead letters: original key, value and headers, plus `dlreason`, `dltopic`, `dlpartition` and `dloffset`.
 * (dltopic, dlpartition, dloffset) names the record, so a letter sent twice, after a crash between send and commit, can be told.
 * What is left out is said: `dlvalue`, `dlheaders` and `dlkey` are then `omitted`.
 */
export function encodeDeadLetter(
  original: RecordToDecode,
  origin: DeadLetterOrigin,
  form: DeadLetterForm = 'whole',
): EncodedDeadLetter {
  const headers: IHeaders = {
    dlreason: origin.reason,
    dltopic: origin.topic,
    dlpartition: String(origin.partition),
    dloffset: origin.offset,
  };
  if (form !== 'whole' && original.value?.length) headers.dlvalue = 'omitted';
  const value = form === 'whole' ? original.value : null;
  if (form !== 'origin_only')
    return { key: original.key, value, headers: { ...sendable(original.headers), ...headers } };
  const keepsKey = (original.key?.length ?? 0) <= KEY_BYTES_KEPT_MAX;
  if (Object.keys(original.headers ?? {}).length > 0) headers.dlheaders = 'omitted';
  if (!keepsKey) headers.dlkey = 'omitted';
  return { key: keepsKey ? original.key : null, value, headers };
}

/** Kafka knows headers without a value; kafkajs reads them and throws when it is to write them. They travel empty. */
function sendable(headers: RecordToDecode['headers']): IHeaders {
  const entries = Object.entries((headers ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.map(orEmpty) : orEmpty(value)]),
  );
}

function orEmpty(value: unknown): Buffer | string {
  return Buffer.isBuffer(value) || typeof value === 'string' ? value : '';
}
