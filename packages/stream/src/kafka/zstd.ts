import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
// Node finds only some of the names kafkajs exports, so they are taken from the default import.
import kafkajs from 'kafkajs';

/** Pass this as `compression` when sending. */
export const ZSTD = kafkajs.CompressionTypes.ZSTD;

const LEVEL = 3;

export function compressZstd(plain: Buffer): Buffer {
  return zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
}

/** @throws when the data is not zstd, or decompresses to more than `bytesMax` */
export function decompressZstd(packed: Buffer, bytesMax: number): Buffer {
  return zstdDecompressSync(packed, { chunkSize: chunkBytesFor(packed), maxOutputLength: bytesMax });
}

const CHUNK_BYTES_DEFAULT = 16 * 1024;
/** Limit for the size that a header claims: four times the largest body that ingest accepts. A larger frame is still decompressed, in pieces. */
const CHUNK_BYTES_MAX = 128 * 1024 * 1024;
const FRAME_MAGIC = 0xfd2fb528;

/**
 * The content size from the frame's header (RFC 8878, 3.1.1.1), so that the frame is decompressed into one buffer. Joining pieces of
 * 16 KiB takes four times the CPU for a body of 60 kB. Not every producer writes the size.
 */
function chunkBytesFor(frame: Buffer): number {
  if (frame.length < 18 || frame.readUInt32LE(0) !== FRAME_MAGIC) return CHUNK_BYTES_DEFAULT;
  const descriptor = frame[4] as number;
  const isSingleSegment = (descriptor & 0b10_0000) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 0b11] as number;
  const at = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  const bytes = contentBytes(frame, at, descriptor >> 6);
  // One byte more, because zlib otherwise prepares another buffer for what might follow. 64 is the smallest chunk size it accepts.
  return Math.min(Math.max(bytes + 1, 64), CHUNK_BYTES_MAX);
}

function contentBytes(frame: Buffer, at: number, sizeFlag: number): number {
  if (sizeFlag === 1) return frame.readUInt16LE(at) + 256;
  if (sizeFlag === 2) return frame.readUInt32LE(at);
  if (sizeFlag === 3) return Number(frame.readBigUInt64LE(at));
  return CHUNK_BYTES_DEFAULT;
}
