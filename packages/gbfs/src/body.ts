import { bodyText } from './body-text.ts';
import { UndecodableBody } from './decoded.ts';
import type { Tally } from './tally.ts';

const BYTE_ORDER_MARK = 0xfeff;

/** What else is known about a body: its content-type, and the tally of a charset that had to be repaired. */
export type BodyContext = { contentType?: string | null; coerced?: Tally };

/**
 * Parses a body as received. A byte order mark, which JSON.parse refuses, is tolerated.
 * @throws UndecodableBody `empty_body` (only white space: Oslo served 0 bytes with status 200 on 2024-08-31) or `not_json`.
 */
export function parseBody(
  body: Uint8Array | string,
  { contentType = null, coerced = {} }: BodyContext = {},
): unknown {
  const text = typeof body === 'string' ? body : bodyText(asBuffer(body), contentType, coerced);
  const json = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
  try {
    return JSON.parse(json);
  } catch (cause) {
    if (json.trim() === '') throw new UndecodableBody('empty_body', 'Cannot parse body: it is empty');
    throw new UndecodableBody('not_json', `Cannot parse body of ${body.length} bytes: it is not JSON`, {
      cause,
    });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
