import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context } from 'hono';
import { acceptedEncoding } from './accepted-encoding.ts';

/** JSON that many clients request: written and compressed once for all of them. */
export type PackedAnswer = { text: string; packed: Uint8Array<ArrayBuffer> };

const compress = promisify(gzip);

export async function packOnce(text: string): Promise<PackedAnswer> {
  return { text, packed: new Uint8Array(await compress(text)) };
}

export function sendPacked(context: Context, { text, packed }: PackedAnswer): Response {
  context.header('content-type', 'application/json');
  context.header('vary', 'Accept-Encoding', { append: true });
  if (acceptedEncoding(context, ['gzip']) === null) return context.body(text, 200);
  return context.body(packed, 200, { 'content-encoding': 'gzip' });
}
