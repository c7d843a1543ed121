import { gunzipSync, gzipSync } from 'node:zlib';
// Node finds only some of the names kafkajs exports, so they are taken from the default import.
import kafkajs from 'kafkajs';
import { holdsRecords, unreadableBatch } from './unreadable-batch.ts';
import { compressZstd, decompressZstd } from './zstd.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** For topics that other programs read: every client can decompress it, but few can decompress zstd. */
export const GZIP = CompressionTypes.GZIP;

/** Four times the largest body that ingest accepts. A limit is needed because a batch of a few kilobytes may claim to be gigabytes. */
export const UNPACKED_BYTES_MAX = 128 * 1024 * 1024;

type Codec = {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(packed: Buffer): Promise<Buffer>;
};

/**
 * kafkajs knows the number of each compression type but implements only gzip. We add zstd. Batches that other producers compressed with
 * snappy or lz4, and damaged batches, become records that say so (unreadable-batch.ts). Safe to call more than once.
 */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd;
  CompressionCodecs[CompressionTypes.GZIP] = () => gzip;
  CompressionCodecs[CompressionTypes.Snappy] = () => snappy;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4;
}

const zstd = codecOf('zstd', compressZstd, (packed) => decompressZstd(packed, UNPACKED_BYTES_MAX));
const gzip = codecOf('gzip', gzipSync, (packed) =>
  gunzipSync(packed, { maxOutputLength: UNPACKED_BYTES_MAX }),
);
const snappy = notSupported('snappy');
const lz4 = notSupported('lz4');

function codecOf(name: string, pack: (plain: Buffer) => Buffer, unpack: (packed: Buffer) => Buffer): Codec {
  return {
    compress: async ({ buffer }) => pack(buffer),
    decompress: async (packed) => {
      try {
        const unpacked = unpack(packed);
        if (holdsRecords(unpacked, packed)) return unpacked;
        throw new Error(`The ${name} batch does not contain the records that it announces`);
      } catch (error) {
        const { code } = error as { code?: string };
        return unreadableBatch(
          packed,
          `${name}_${code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'corrupt'}`,
          error,
        );
      }
    },
  };
}

function notSupported(name: string): Codec {
  const error = new Error(`Batches compressed with ${name} are not supported`);
  return {
    compress: async () => Promise.reject(error),
    decompress: async (packed) => unreadableBatch(packed, `${name}_not_supported`, error),
  };
}
