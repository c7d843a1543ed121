import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { registerZstd, ZSTD } from './zstd.ts';

registerZstd();
const codec = kafkajs.CompressionCodecs[ZSTD]();

test('what goes in comes out, and is zstd to others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (bytes) => {
      const buffer = Buffer.from(bytes);
      const compressed = await codec.compress({ buffer });
      expect(zstdDecompressSync(compressed)).toEqual(buffer);
      expect(await codec.decompress(zstdCompressSync(buffer))).toEqual(buffer);
    }),
  );
});
