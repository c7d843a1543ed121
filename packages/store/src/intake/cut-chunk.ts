import { readForget } from '@velolog/stream/forget-record';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import type { Care } from './consume-options.ts';

/** Bounds the memory of one transaction; a body of 32 MiB still gets its own transaction. */
export const BYTES_PER_TRANSACTION_MAX = 4 * 1024 * 1024;
const RECORDS_PER_TRANSACTION_MAX = 500;

/**
 * The records of the next transaction. A record is alone if one is suspected, if its system was too slow, or if it says to forget a
 * system.
 */
export function cutChunk(messages: KafkaMessage[], care: Care): KafkaMessage[] {
  const countMax = care.alone > 0 || care.refusal !== null ? 1 : RECORDS_PER_TRANSACTION_MAX;
  let bytes = 0;
  let count = 0;
  for (const message of messages) {
    bytes += message.value?.length ?? 0;
    if (count > 0 && (bytes > BYTES_PER_TRANSACTION_MAX || count === countMax)) break;
    const alone = isSlow(message, care) || readForget(message) !== null;
    if (count > 0 && alone) break;
    count += 1;
    if (alone) break;
  }
  return messages.slice(0, count);
}

export function isSlow({ key }: KafkaMessage, care: Care): boolean {
  return care.slow.size > 0 && care.slow.has(String(key));
}

export function bytesOf(messages: KafkaMessage[]): number {
  return messages.reduce((bytes, { value }) => bytes + (value?.length ?? 0), 0);
}
