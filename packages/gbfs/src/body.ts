import { UndecodableBody } from './decoded.ts';

const BYTE_ORDER_MARK = 0xfeff;

/**
 * Parses a body as received. A byte order mark, which JSON.parse refuses, is tolerated.
 * @throws UndecodableBody `empty_body` (nothing but white space: Oslo served 0 bytes with status 200 on 2024-08-31) or `not_json`.
 */
export function parseBody(body: Uint8Array | string): unknown {
  const text = typeof body === 'string' ? body : asBuffer(body).toString('utf8');
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
