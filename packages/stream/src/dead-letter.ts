import type { IHeaders } from './kafka/kafka-types.ts';
import type { RecordToDecode } from './poll-record.ts';

/** Where a record came from and why it could not be used. `reason` is a code with few distinct values (`invalid_ce_time`, `not_json`). */
export type DeadLetterOrigin = {
  reason: string;
  topic: string;
  partition: number;
  /** A decimal string, as kafkajs gives offsets. */
  offset: string;
};

/** How much of the original the dead letter contains: all, all except its value, or only its origin and the reason. */
export type DeadLetterForm = 'whole' | 'without_value' | 'origin_only';

/** From the largest to the smallest: a letter that is too large for the topic is sent again in the next form. */
export const DEAD_LETTER_FORMS: readonly DeadLetterForm[] = ['whole', 'without_value', 'origin_only'];

export type EncodedDeadLetter = { key: Buffer | null; value: Buffer | null; headers: IHeaders };

/** A system id has at most 255 characters, so a longer key does not name a system. */
const KEY_BYTES_KEPT_MAX = 1024;

/**
 * Encodes a dead letter: the original key, value and headers, plus `dlreason`, `dltopic`, `dlpartition` and `dloffset`.
 * (dltopic, dlpartition, dloffset) identifies the record, so readers recognize a letter that was sent twice, after a crash between send and
 * commit. A part that is left out is marked: `dlvalue`, `dlheaders` or `dlkey` is then `omitted`.
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

/** Kafka allows headers without a value. kafkajs reads them but throws when it writes them, so they become empty. */
function sendable(headers: RecordToDecode['headers']): IHeaders {
  const entries = Object.entries((headers ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.map(orEmpty) : orEmpty(value)]),
  );
}

function orEmpty(value: unknown): Buffer | string {
  return Buffer.isBuffer(value) || typeof value === 'string' ? value : '';
}
