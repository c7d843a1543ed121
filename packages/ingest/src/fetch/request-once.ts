/// <reference path="./undici-parts.d.ts" />
import type { Dispatcher } from 'undici/index.js';
import request from 'undici/lib/api/api-request.js';
import type { Clock } from '../clock.ts';
import type { FetchFailureCode } from './codes.ts';
import { decodeContent } from './decode-content.ts';
import { FetchFailure } from './fetch-failure.ts';

export type RequestLimits = {
  /** From the start until the headers arrive. Connecting has its own limit within this one. */
  headersTimeoutMs: number;
  /** From the headers until the whole body has arrived, however many bytes trickle in between. */
  bodyTimeoutMs: number;
  /** Maximum size of a body, both as sent and after decoding. */
  bodyBytesMax: number;
};

export type Reply = {
  status: number;
  /** By lower-case name; the first value if a name occurs several times. */
  header: (name: string) => string | null;
  /** Content-decoded; null unless the status is 200. */
  body: Buffer | null;
};

/** How much of an unwanted body is read so that its connection can serve the next request. */
const UNWANTED_BODY_BYTES_MAX = 64 * 1024;

/**
 * One request with its whole body, without redirects, within the limits. With a form it is a POST.
 * @throws FetchFailure, errors of undici or the network, or the reason of the signal
 */
export async function requestOnce(
  {
    dispatcher,
    clock,
    limits,
    form,
  }: { dispatcher: Dispatcher; clock: Clock; limits: RequestLimits; form?: string },
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
  onHead: (head: Omit<Reply, 'body'>) => void = () => {},
): Promise<Reply> {
  signal.throwIfAborted();
  const limit = new AbortController();
  const stop = (): void => limit.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const endWith = (reason: FetchFailureCode) => () => limit.abort(new FetchFailure(reason));
  let callOff = clock.after(limits.headersTimeoutMs, endWith('timeout_headers'));
  try {
    // A request that ends in a reset is not repeated here, whether or not the connection was kept: the server may have seen it, and a retry
    // must wait its turn.
    const response = await request.call(dispatcher, {
      method: form === undefined ? 'GET' : 'POST',
      body: form ?? null,
      origin: url.origin,
      path: url.pathname + url.search,
      headers,
      signal: limit.signal,
    });
    callOff();
    callOff = clock.after(limits.bodyTimeoutMs, endWith('timeout_body'));
    const header = headerReader(response);
    onHead({ status: response.statusCode, header });
    const body = await readBody(response, header, limits.bodyBytesMax, limit.signal);
    return { status: response.statusCode, header, body };
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : error;
  } finally {
    callOff();
    signal.removeEventListener('abort', stop);
  }
}

async function readBody(
  { statusCode, body }: Dispatcher.ResponseData,
  header: Reply['header'],
  bytesMax: number,
  signal: AbortSignal,
): Promise<Buffer | null> {
  if (statusCode !== 200) {
    // It does not matter whether this works: the status is the answer.
    await body.dump({ limit: UNWANTED_BODY_BYTES_MAX, signal }).catch(() => {});
    return null;
  }
  if (Number(header('content-length')) > bytesMax) {
    body.destroy();
    throw new FetchFailure('body_too_large');
  }
  const sent = await collect(body, bytesMax);
  return await decodeContent(sent, header('content-encoding'), bytesMax);
}

async function collect(body: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      // Leaving the loop closes the connection.
      if (bytes > bytesMax) throw new FetchFailure('body_too_large');
      chunks.push(chunk);
    }
  } catch (cause) {
    throw cause instanceof FetchFailure ? cause : new FetchFailure('truncated', { cause });
  }
  return Buffer.concat(chunks, bytes);
}

function headerReader({ headers }: Dispatcher.ResponseData): Reply['header'] {
  return (name) => {
    const value = headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? null;
  };
}
