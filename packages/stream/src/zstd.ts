import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
// Node finds only some of the names kafkajs exports, so they are taken from the default import.
import kafkajs from 'kafkajs';

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** Pass as `compression` when sending. */
export const ZSTD = CompressionTypes.ZSTD;

const LEVEL = 3;

/** kafkajs knows the number of zstd but brings no codec. Safe to call more than once. */
export function registerZstd(): void {
  CompressionCodecs[CompressionTypes.ZSTD] = () => codec;
}

const codec = {
  compress: async (encoder: { buffer: Buffer }): Promise<Buffer> =>
    zstdCompressSync(encoder.buffer, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } }),
  decompress: async (buffer: Buffer): Promise<Buffer> => zstdDecompressSync(buffer),
};
