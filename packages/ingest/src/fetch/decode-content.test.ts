import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeContent } from './decode-content.ts';

const text = Buffer.from(JSON.stringify(Array.from({ length: 5000 }, (_, index) => `station ${index}`)));
const codings = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
  ['deflate', deflateSync],
] as const;

test.each(codings)('%s is undone', async (name, compress) => {
  expect(await decodeContent(compress(text), name.toUpperCase(), text.length)).toEqual(text);
});

test.each(codings)('%s that decodes to one byte too many is refused', async (name, compress) => {
  await expect(decodeContent(compress(text), name, text.length - 1)).rejects.toMatchObject({
    reason: 'body_too_large',
  });
});

test.each(codings)('%s that is cut is reported as truncated', async (name, compress) => {
  const whole = compress(text);
  const cut = whole.subarray(0, whole.length - 20);
  await expect(decodeContent(cut, name, text.length)).rejects.toMatchObject({ reason: 'truncated' });
});

test.each(codings)('%s that is something else is reported as such', async (name) => {
  await expect(decodeContent(text, name, text.length)).rejects.toMatchObject({ reason: 'bad_encoding' });
});

test('gzip is decoded into one buffer of the size that it states, however many members it has', async () => {
  const decoded = await decodeContent(gzipSync(text), 'gzip', 10 * text.length);
  expect(decoded.buffer.byteLength).toBe(text.length + 1);
  const members = Buffer.concat([gzipSync(text), gzipSync(text.subarray(0, 100))]);
  const joined = await decodeContent(members, 'gzip', 10 * text.length);
  expect(joined).toEqual(Buffer.concat([text, text.subarray(0, 100)]));
});

test('gzip that states a size of 4 GB is refused without taking it', async () => {
  const boastful = gzipSync(text);
  boastful.writeUInt32LE(2 ** 32 - 1, boastful.length - 4);
  await expect(decodeContent(boastful, 'gzip', text.length)).rejects.toMatchObject({
    reason: 'bad_encoding',
  });
});

test('two codings are undone in the order they were applied, three are refused', async () => {
  const twice = gzipSync(brotliCompressSync(text));
  expect(await decodeContent(twice, 'br, gzip', text.length)).toEqual(text);
  await expect(decodeContent(twice, 'gzip, gzip, gzip', 100)).rejects.toMatchObject({
    reason: 'unsupported_encoding',
  });
});

test('no coding, identity and an empty body pass as they are', async () => {
  expect(await decodeContent(text, null, text.length)).toBe(text);
  expect(await decodeContent(text, 'identity', text.length)).toBe(text);
  expect(await decodeContent(Buffer.alloc(0), 'gzip', 10)).toHaveLength(0);
});

test('an unknown coding is refused', async () => {
  await expect(decodeContent(text, 'compress', text.length)).rejects.toMatchObject({
    reason: 'unsupported_encoding',
  });
});
