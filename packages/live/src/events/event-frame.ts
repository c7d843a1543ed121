/**
 * One server-sent event as bytes, made once and written to every client.
 * @param data a text is JSON already, without line breaks
 */
export function eventFrame(event: string, id: string, data: object | string): Buffer {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return encode(`event: ${event}\nid: ${id}\ndata: ${text}\n\n`);
}

/** Says nothing, and keeps proxies from taking the silence for the end. */
export const HEARTBEAT = encode(': still here\n\n');

/** How long a client waits before it comes back. */
export const RETRY = encode('retry: 2000\n\n');

function encode(text: string): Buffer {
  return Buffer.from(text);
}
