import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UNPACKED_BYTES_MAX } from './codecs.ts';
import { compressZstd, decompressZstd } from './zstd.ts';

const decompress = (packed: Buffer) => decompressZstd(packed, UNPACKED_BYTES_MAX);

test('packing and unpacking returns the input, and others can read it as zstd', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
      const buffer = Buffer.from(bytes);
      const compressed = compressZstd(buffer);
      expect(zstdDecompressSync(compressed)).toEqual(buffer);
      expect(decompress(zstdCompressSync(buffer))).toEqual(buffer);
    }),
  );
});

test.each([0, 1, 255, 256, 65_791, 65_792, 2_000_000])(
  'a body of %i bytes comes out whole, whether or not its frame tells its size',
  (length) => {
    const buffer = Buffer.alloc(length, '{"stations":[]}');
    const told = compressZstd(buffer);
    const untold = zstdCompressSync(buffer, { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } });
    expect(decompress(told).equals(buffer)).toBe(true);
    expect(decompress(untold).equals(buffer)).toBe(true);
  },
);

test('a frame with a wrong size is refused, and so are bytes that are not a frame', () => {
  const frame = zstdCompressSync(Buffer.alloc(1000, 'abc'));
  const forged = Buffer.from(frame);
  forged.writeUInt16LE(0xffff, 5);
  expect(() => decompress(forged)).toThrow();
  expect(() => decompress(Buffer.from('no frame at all, but long enough'))).toThrow();
});
