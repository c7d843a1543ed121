import type { IHeaders } from './kafka-types.ts';

/** Header that says why a batch could not be decompressed, on the records that stand in for the batch's own. */
const BATCH_ERROR = 'batcherror';

/** Why the record's batch could not be decompressed (`lz4_not_supported`, `zstd_corrupt`, …); null for any other record. */
export function batchErrorOf(record: { key: Buffer | null; headers?: IHeaders }): string | null {
  const error = record.key === null ? record.headers?.[BATCH_ERROR] : undefined;
  return Buffer.isBuffer(error) || typeof error === 'string' ? String(error) : null;
}

/**
 * When kafkajs cannot decompress one batch, it discards the whole fetch, with all partitions, and fetches the same again forever.
 * So a codec never throws: it gives kafkajs as many empty records as the batch has, which say what is wrong and are rejected one by one.
 * @throws the original error when the bytes before the compressed data are not a batch header (a format from before Kafka 0.11)
 */
export function unreadableBatch(packed: Buffer, code: string, cause: unknown): Buffer {
  const header = headerBefore(packed);
  if (header === null) throw cause;
  const { count, lastOffsetDelta } = header;
  const records: Buffer[] = [];
  for (let index = 0; index < count; index++)
    records.push(emptyRecord(index === count - 1 ? lastOffsetDelta : index, code));
  return Buffer.concat(records);
}

/** Whether the decompressed bytes contain as many records as the header says. Each record begins with its length. */
export function holdsRecords(unpacked: Buffer, packed: Buffer): boolean {
  const count = headerBefore(packed)?.count ?? 0;
  let at = 0;
  for (let index = 0; index < count; index++) {
    const [length, next] = readVarint(unpacked, at);
    at = next + length;
    if (length < 0 || at > unpacked.length) return false;
  }
  return true;
}

// The batch format that Kafka has written since 0.11 (magic 2): a header of 61 bytes, whose last four are the number of records, then the records.
const HEADER_BYTES = 61;
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const LAST_OFFSET_DELTA_AT = 23;
const COUNT_AT = 57;

/** kafkajs passes a codec a view of the broker's response, so the batch header lies right before the compressed bytes. */
function headerBefore(packed: Buffer): { count: number; lastOffsetDelta: number } | null {
  if (packed.byteOffset < HEADER_BYTES) return null;
  const header = Buffer.from(packed.buffer, packed.byteOffset - HEADER_BYTES, HEADER_BYTES);
  const length = HEADER_BYTES - LENGTH_AT - 4 + packed.length;
  if (header.readInt32BE(LENGTH_AT) !== length || header.readInt8(MAGIC_AT) !== 2) return null;
  const count = header.readInt32BE(COUNT_AT);
  const lastOffsetDelta = header.readInt32BE(LAST_OFFSET_DELTA_AT);
  return count >= 1 && count <= lastOffsetDelta + 1 ? { count, lastOffsetDelta } : null;
}

function emptyRecord(offsetDelta: number, code: string): Buffer {
  const name = Buffer.from(BATCH_ERROR);
  const value = Buffer.from(code);
  const noKeyAndNoValue = [...varint(-1), ...varint(-1)];
  const header = [...varint(1), ...varint(name.length), ...name, ...varint(value.length), ...value];
  const record = [0, ...varint(0), ...varint(offsetDelta), ...noKeyAndNoValue, ...header];
  return Buffer.from([...varint(record.length), ...record]);
}

function varint(value: number): number[] {
  let left = ((value << 1) ^ (value >> 31)) >>> 0;
  const bytes: number[] = [];
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return [...bytes, left];
}

/** @returns the number and where the next one begins; -1 for a number that does not end within five bytes */
function readVarint(buffer: Buffer, from: number): [value: number, next: number] {
  let value = 0;
  for (let at = from; at < from + 5; at++) {
    const byte = buffer[at];
    if (byte === undefined) break;
    value |= (byte & 0x7f) << (7 * (at - from));
    if ((byte & 0x80) === 0) return [(value >>> 1) ^ -(value & 1), at + 1];
  }
  return [-1, from];
}
