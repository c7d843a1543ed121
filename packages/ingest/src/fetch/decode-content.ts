import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { FetchFailure } from './fetch-failure.ts';

type Decoder = (sent: Buffer, limits: { maxOutputLength: number; chunkSize: number }) => Promise<Buffer>;

const DECODERS = new Map<string, Decoder>([
  ['gzip', promisify(gunzip) as Decoder],
  ['x-gzip', promisify(gunzip) as Decoder],
  ['deflate', promisify(inflate) as Decoder],
  ['br', promisify(brotliDecompress) as Decoder],
  ['zstd', promisify(zstdDecompress) as Decoder],
]);
/** How much zlib decodes into one buffer, unless the body says how large it is. */
const CHUNK_BYTES_DEFAULT = 16 * 1024;
const GZIP_MAGIC = 0x1f8b;
/** Deflate reaches no higher ratio. */
const GZIP_RATIO_MAX = 1032;
/** Servers use one encoding. Two are a mistake that is still readable; more are an attack. */
const ENCODINGS_MAX = 2;

/**
 * Reverses Content-Encoding. Stops at `bytesMax`, because a body of a few kilobytes can decode to gigabytes.
 * @throws FetchFailure `body_too_large`, `truncated`, `bad_encoding` or `unsupported_encoding`
 */
export async function decodeContent(
  sent: Buffer,
  contentEncoding: string | null,
  bytesMax: number,
): Promise<Buffer> {
  const encodings = (contentEncoding ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (encodings.length > ENCODINGS_MAX) throw new FetchFailure('unsupported_encoding');
  let body = sent;
  for (const encoding of encodings.reverse()) {
    const decode = DECODERS.get(encoding);
    if (decode === undefined) throw new FetchFailure('unsupported_encoding');
    // An empty body stays empty, whatever encoding its headers name.
    if (body.length > 0) body = await decodeOrFail(decode, body, bytesMax);
  }
  return body;
}

async function decodeOrFail(decode: Decoder, body: Buffer, bytesMax: number): Promise<Buffer> {
  try {
    return await decode(body, { maxOutputLength: bytesMax, chunkSize: chunkBytesFor(body, bytesMax) });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new FetchFailure('body_too_large', { cause });
    const truncated = code === 'Z_BUF_ERROR' || code === 'ZSTD_error_srcSize_wrong';
    throw new FetchFailure(truncated ? 'truncated' : 'bad_encoding', { cause });
  }
}

/**
 * The size that gzip writes at its end (RFC 1952, 2.3.1), so that a body is decoded into one buffer instead of pieces that are joined, which need twice
 * the memory until they are collected. A wrong size does no harm: a smaller one means more pieces, and what is not written to takes no memory.
 */
function chunkBytesFor(sent: Buffer, bytesMax: number): number {
  if (sent.length < 18 || sent.readUInt16BE(0) !== GZIP_MAGIC) return CHUNK_BYTES_DEFAULT;
  const bytes = sent.readUInt32LE(sent.length - 4);
  // One byte more, because zlib otherwise prepares another buffer for what might follow. 64 is the smallest chunk size it accepts.
  return Math.max(Math.min(bytes + 1, bytesMax, sent.length * GZIP_RATIO_MAX), 64);
}
