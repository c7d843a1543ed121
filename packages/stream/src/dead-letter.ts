import type { IHeaders } from './kafka-types.ts';
import type { RecordToDecode } from './poll-record.ts';

/** Where a record came from and why it could not be used. `reason` is a code with few distinct values (`invalid_ce_time`, `not_json`). */
export type DeadLetterOrigin = {
  reason: string;
  topic: string;
  partition: number;
  /** As kafkajs gives offsets: a decimal string. */
  offset: string;
};

/**
 * The record for the dead letters: original key, value and headers, plus `dlreason`, `dltopic`, `dlpartition` and `dloffset`.
 * (dltopic, dlpartition, dloffset) names the record, so a letter sent twice, after a crash between send and commit, can be told.
 */
export function encodeDeadLetter(
  original: RecordToDecode,
  origin: DeadLetterOrigin,
): { key: Buffer | null; value: Buffer | null; headers: IHeaders } {
  return {
    key: original.key,
    value: original.value,
    headers: {
      ...original.headers,
      dlreason: origin.reason,
      dltopic: origin.topic,
      dlpartition: String(origin.partition),
      dloffset: origin.offset,
    },
  };
}
