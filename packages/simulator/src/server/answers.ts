import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { TransportFault } from './faults.ts';

/** A request with Node's own objects, because some faults need its socket. */
export type SimulatorContext = Context<{ Bindings: HttpBindings }>;

/** A correct answer. `sendSpoiled` makes a faulty one of it. */
export type Answer = {
  validators: { etag: string; lastModifiedMs: number } | null;
  body: (encoding: Encoding) => Promise<Uint8Array>;
  /** Send the body only uncompressed. */
  plainOnly?: boolean;
};

type Encoding = 'gzip' | 'identity';

/** Answers 200 with the body, gzipped if requested, or 304 when the reader already has it. */
export async function sendAnswer(context: SimulatorContext, answer: Answer): Promise<Response> {
  const headers = headersOf(answer);
  if (isKnown(context, answer)) return context.body(null, 304, headers);
  const encoding = encodingOf(context, answer);
  if (encoding === 'gzip') headers['content-encoding'] = 'gzip';
  // Only a cast: hono's types want a buffer that is not shared.
  return context.body((await answer.body(encoding)) as Uint8Array<ArrayBuffer>, 200, headers);
}

/** Answers like `sendAnswer`, but with one transport fault. */
export async function sendSpoiled(
  context: SimulatorContext,
  fault: TransportFault,
  answer: Answer,
  closing: AbortSignal,
): Promise<Response> {
  switch (fault.kind) {
    case 'too_many_requests': {
      const until = new Date(Date.now() + fault.retry_after_seconds * 1000);
      const retryAfter =
        fault.written_as === 'date' ? until.toUTCString() : String(fault.retry_after_seconds);
      return context.text('Too many requests\n', 429, { 'retry-after': retryAfter });
    }
    case 'error':
      return context.body('Simulated error\n', fault.status as 500, { 'content-type': 'text/plain' });
    case 'empty_body':
      return context.body('', 200, headersOf(answer));
    case 'html':
      return context.html('<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>');
    case 'slow':
      return sendSlowly(context, fault, answer, closing);
    case 'hang':
      return hang(context, fault.after, answer);
    case 'cut_body':
      return sendHalf(context, fault.ending, answer);
    case 'too_large_body':
      return sendFilledUp(context, fault.bytes, answer);
  }
}

function headersOf({ validators }: Answer): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    vary: 'accept-encoding',
  };
  if (!validators) return headers;
  headers.etag = validators.etag;
  headers['last-modified'] = new Date(validators.lastModifiedMs).toUTCString();
  return headers;
}

function isKnown(context: SimulatorContext, { validators }: Answer): boolean {
  if (!validators) return false;
  const ifNoneMatch = context.req.header('if-none-match');
  if (ifNoneMatch !== undefined) {
    const known = ifNoneMatch.split(',').map((tag) => tag.trim());
    return known.includes('*') || known.includes(validators.etag);
  }
  const since = Date.parse(context.req.header('if-modified-since') ?? '');
  return since >= validators.lastModifiedMs;
}

function encodingOf(context: SimulatorContext, { plainOnly }: Answer): Encoding {
  if (plainOnly) return 'identity';
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(context.req.header('accept-encoding') ?? '')
    ? 'gzip'
    : 'identity';
}

async function sendSlowly(
  context: SimulatorContext,
  fault: { headers_ms: number; body_ms: number },
  answer: Answer,
  closing: AbortSignal,
): Promise<Response> {
  const body = answer.body('identity');
  const { outgoing } = context.env;
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  const signal = AbortSignal.any([closing, gone.signal]);
  try {
    await wait(fault.headers_ms, undefined, { signal });
    outgoing.writeHead(200, headersOf(answer)).flushHeaders();
    for (const piece of inPieces(await body)) {
      await wait(fault.body_ms / PIECES, undefined, { signal });
      outgoing.write(piece);
    }
    outgoing.end();
  } catch {
    // The reader has gone away or the simulator stops, so there is nobody to answer.
    outgoing.destroy();
  }
  return RESPONSE_ALREADY_SENT;
}

const PIECES = 10;

function inPieces(body: Uint8Array): Uint8Array[] {
  const size = Math.max(1, Math.ceil(body.length / PIECES));
  return Array.from({ length: Math.ceil(body.length / size) }, (_, piece) =>
    body.subarray(piece * size, (piece + 1) * size),
  );
}

async function hang(
  context: SimulatorContext,
  after: 'nothing' | 'headers' | 'half_body',
  answer: Answer,
): Promise<Response> {
  const { outgoing } = context.env;
  if (after === 'nothing') return RESPONSE_ALREADY_SENT;
  const body = await answer.body('identity');
  outgoing.writeHead(200, { ...headersOf(answer), 'content-length': body.length }).flushHeaders();
  if (after === 'half_body') outgoing.write(body.subarray(0, body.length / 2));
  return RESPONSE_ALREADY_SENT;
}

async function sendHalf(
  context: SimulatorContext,
  ending: 'connection_lost' | 'clean',
  answer: Answer,
): Promise<Response> {
  const body = await answer.body('identity');
  const half = body.subarray(0, body.length / 2);
  const { outgoing } = context.env;
  const length = ending === 'clean' ? half.length : body.length;
  outgoing.writeHead(200, { ...headersOf(answer), 'content-length': length });
  if (ending === 'clean') outgoing.end(half);
  // Destroy the connection only after the half is sent, or the reader would see no answer at all.
  else outgoing.write(half, () => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}

async function sendFilledUp(context: SimulatorContext, bytes: number, answer: Answer): Promise<Response> {
  const body = await answer.body('identity');
  const { outgoing } = context.env;
  const gzipped = encodingOf(context, { ...answer, plainOnly: false }) === 'gzip';
  outgoing.writeHead(200, {
    ...headersOf(answer),
    ...(gzipped ? { 'content-encoding': 'gzip' } : { 'content-length': bytes }),
  });
  const filled = Readable.from(fillUp(body, bytes));
  // The error is expected: this fault tests readers that stop at their limit.
  pipeline(gzipped ? [filled, createGzip({ level: 1 }), outgoing] : [filled, outgoing]).catch(() =>
    outgoing.destroy(),
  );
  return RESPONSE_ALREADY_SENT;
}

function* fillUp(body: Uint8Array, bytes: number): Generator<Uint8Array> {
  yield body.subarray(0, bytes);
  const spaces = Buffer.alloc(1024 * 1024, ' ');
  for (let left = bytes - body.length; left > 0; left -= spaces.length) yield spaces.subarray(0, left);
}
