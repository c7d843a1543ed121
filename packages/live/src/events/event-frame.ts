/** One server-sent event as bytes, made once and written to every client. */
export function eventFrame(event: string, id: string, data: object): Buffer {
  return encode(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Says nothing, and keeps whoever stands between from taking the silence for the end. */
export const HEARTBEAT = encode(': still here\n\n');

/** How long a client waits before it comes back. */
export const RETRY = encode('retry: 2000\n\n');

function encode(text: string): Buffer {
  return Buffer.from(text);
}
