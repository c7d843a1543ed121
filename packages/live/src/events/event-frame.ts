/**
 * One server-sent event as bytes, created once and written to every client.
 * @param data a string must be JSON without line breaks
 */
export function eventFrame(event: string, id: string, data: object | string): Buffer {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return encode(`event: ${event}\nid: ${id}\ndata: ${text}\n\n`);
}

/** An empty message that keeps proxies from taking silence for the end. */
export const HEARTBEAT = encode(': still here\n\n');

/** How long a client waits before it reconnects. */
export const RETRY = encode('retry: 2000\n\n');

function encode(text: string): Buffer {
  return Buffer.from(text);
}
