import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
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

test.each([0, 1, 255, 256, 65_791, 65_792, 2_000_000])(
  'a body of %i bytes comes out whole, whether or not its frame tells its size',
  async (length) => {
    const buffer = Buffer.alloc(length, '{"stations":[]}');
    const told = await codec.compress({ buffer });
    const untold = zstdCompressSync(buffer, { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } });
    expect((await codec.decompress(told)).equals(buffer)).toBe(true);
    expect((await codec.decompress(untold)).equals(buffer)).toBe(true);
  },
);

test('a frame that claims another size than it has is refused, and so is what is no frame', async () => {
  const frame = zstdCompressSync(Buffer.alloc(1000, 'abc'));
  const forged = Buffer.from(frame);
  forged.writeUInt16LE(0xffff, 5);
  await expect(codec.decompress(forged)).rejects.toThrow();
  await expect(codec.decompress(Buffer.from('no frame at all, but long enough'))).rejects.toThrow();
});
