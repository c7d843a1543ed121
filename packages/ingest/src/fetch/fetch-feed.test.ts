import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { json, jsonWithEtag, startFeedServer } from './test-feed-server.ts';
import { AT_ONCE, NEVER, SETTINGS, TestFetch } from './test-fetch.ts';

const MEBIBYTE = 1024 * 1024;

let given: TestFetch;

beforeEach(async () => {
  given = await TestFetch.start();
});
afterEach(() => given[Symbol.asyncDispose]());

describe('conditional requests', () => {
  test('the validators of a server are sent back, and 304 is unchanged', async () => {
    const modified = 'Mon, 23 Nov 2026 10:00:00 GMT';
    given.server.answers['/feed'] = (request, response) => {
      const known = request.headers['if-none-match'] === '"1"' && request.headers['if-modified-since'];
      response
        .writeHead(known ? 304 : 200, { etag: '"1"', 'last-modified': modified })
        .end(known ? '' : '{}');
    };
    const first = await given.fetch('/feed');
    if (first.outcome !== 'fetched') expect.unreachable(first.outcome);
    expect(first).toMatchObject({ http_status: 200, validators: { etag: '"1"', last_modified: modified } });
    expect(first.body.toString()).toBe('{}');
    const second = await given.fetch('/feed', { validators: first.validators });
    expect(second).toMatchObject({ outcome: 'unchanged', http_status: 304, etag: '"1"' });
  });

  test('a 304 without a conditional request is a failure', async () => {
    given.server.answers['/feed'] = (_request, response) => response.writeHead(304).end();
    expect(await given.fetch('/feed')).toMatchObject({ outcome: 'failed', error: 'http_304' });
  });

  test('an ETag too long to be repeated is not taken over', async () => {
    given.server.answers['/feed'] = json({}, { etag: `"${'x'.repeat(600)}"` });
    expect(await given.fetch('/feed')).toMatchObject({ outcome: 'fetched', validators: { etag: null } });
  });
});

describe('what is asked', () => {
  test('sends its User-Agent and the encodings that it understands', async () => {
    given.server.answers['/feed'] = json({});
    await given.fetch('/feed');
    expect(given.server.requests[0]?.headers).toMatchObject({
      'user-agent': SETTINGS.userAgent,
      'accept-encoding': 'gzip, br, zstd',
      accept: 'application/json',
    });
  });

  test('headers of the system go to trusted origins, and not along with a redirect elsewhere', async () => {
    await using other = await startFeedServer();
    given.server.answers['/feed'] = (_request, response) =>
      response.writeHead(302, { location: `${other.url}/moved` }).end();
    other.answers['/moved'] = json({});
    const request = { headers: { 'X-Key': 'secret' }, trustedOrigins: new Set([given.server.url]) };
    expect(await given.fetch('/feed', request)).toMatchObject({
      outcome: 'fetched',
      url: `${other.url}/moved`,
    });
    expect(given.server.requests[0]?.headers['x-key']).toBe('secret');
    expect(other.requests[0]?.headers['x-key']).toBeUndefined();
  });
});

describe('limits of size', () => {
  test('a body of exactly the limit is taken', async () => {
    given.server.answers['/feed'] = (_request, response) => response.end(Buffer.alloc(1000, 0x20));
    expect(await given.fetch('/feed', {}, { bodyBytesMax: 1000 })).toMatchObject({ outcome: 'fetched' });
  });

  test.each([true, false])('32 MiB and one byte are refused (length declared: %s)', async (declared) => {
    const body = Buffer.alloc(32 * MEBIBYTE + 1, 0x20);
    given.server.answers['/feed'] = (_request, response) => {
      if (declared) response.setHeader('content-length', body.length);
      response.end(body);
    };
    expect(await given.fetch('/feed')).toMatchObject({
      outcome: 'failed',
      error: 'body_too_large',
      http_status: null,
    });
  });

  test('a few kilobytes that decode to 32 MiB and one byte are refused', async () => {
    const bomb = gzipSync(Buffer.alloc(32 * MEBIBYTE + 1, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    given.server.answers['/feed'] = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    expect(await given.fetch('/feed')).toMatchObject({ outcome: 'failed', error: 'body_too_large' });
  });
});

describe('limits of time', () => {
  test('an answer whose headers do not come fails as timeout_headers', async () => {
    given.server.answers['/feed'] = () => {};
    expect(await given.fetch('/feed', {}, { headersTimeoutMs: 100 })).toMatchObject({
      outcome: 'failed',
      error: 'timeout_headers',
    });
  });

  test('a body that trickles on for ever fails as timeout_body', async () => {
    given.server.answers['/feed'] = (_request, response) => {
      response.write('{');
      const trickle = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(trickle));
    };
    expect(await given.fetch('/feed', {}, { bodyTimeoutMs: 200 })).toMatchObject({
      outcome: 'failed',
      error: 'timeout_body',
    });
  });

  test('stopping ends a poll without an answer', async () => {
    const stop = new AbortController();
    given.server.answers['/feed'] = () => stop.abort(new Error('stopped'));
    const fetcher = given.fetcher();
    const request = {
      url: `${given.server.url}/feed`,
      validators: null,
      headers: {},
      trustedOrigins: new Set<string>(),
    };
    await expect(fetcher.fetch(request, AT_ONCE, stop.signal)).rejects.toThrow('stopped');
  });
});

describe('answers that are none', () => {
  test.each([204, 206, 400, 401, 403, 404, 410, 429, 500, 503])(
    'status %i is a failure with its code, and its Retry-After is read',
    async (status) => {
      given.server.answers['/feed'] = (_request, response) =>
        response.writeHead(status, { 'retry-after': '7' }).end(status === 204 ? undefined : 'sorry');
      expect(await given.fetch('/feed')).toMatchObject({
        outcome: 'failed',
        http_status: status,
        error: `http_${status}`,
        retryAfterSeconds: 7,
      });
    },
  );

  test('Retry-After is reported before the body of the answer arrives', async () => {
    const told: [string, number][] = [];
    given.server.answers['/feed'] = (_request, response) => {
      response.writeHead(429, { 'retry-after': '7' }).write('so');
      response.on('close', () => undefined);
    };
    const { promise: heard, resolve } = Promise.withResolvers<void>();
    const onRetryAfter = (host: string, seconds: number): void => {
      told.push([host, seconds]);
      resolve();
    };
    const answered = given.fetch('/feed', { onRetryAfter }, { bodyTimeoutMs: 300 });
    await heard;
    expect(told).toEqual([[`127.0.0.1:${given.server.port}`, 7]]);
    expect(await answered).toMatchObject({ error: 'http_429', retryAfterSeconds: 7 });
  });

  test('HTML with 200 is fetched as it is', async () => {
    given.server.answers['/feed'] = (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>sorry');
    const answer = await given.fetch('/feed');
    expect(answer).toMatchObject({
      outcome: 'fetched',
      content_type: 'text/html',
      body: Buffer.from('<p>sorry'),
    });
  });

  test('a name that does not exist fails as dns', async () => {
    expect(await given.fetch('http://no-such-host.invalid/feed')).toMatchObject({
      outcome: 'failed',
      error: 'dns',
    });
  });

  test('a port where nobody listens fails as connection_refused', async () => {
    const { url } = given.server;
    await given.server[Symbol.asyncDispose]();
    expect(await given.fetch(`${url}/feed`)).toMatchObject({ error: 'connection_refused' });
    given.server = await startFeedServer();
  });

  test.each([
    ['cut by length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"cut', 'truncated'],
    ['cut in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"cut\r\n', 'truncated'],
    ['closed without an answer', '', 'connection_reset'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'bad_response'],
    ['headers without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}`, 'bad_response'],
  ])('an answer with a fault of the connection (%s) has a code of its own', async (_, bytes, error) => {
    const raw = await listenRaw(bytes);
    const { port } = raw.address() as AddressInfo;
    expect(await given.fetch(`http://127.0.0.1:${port}/`)).toMatchObject({ outcome: 'failed', error });
    raw.close();
  });
});

test.each([
  ['closes', (socket: Socket) => socket.end()],
  ['resets', (socket: Socket) => socket.resetAndDestroy()],
] as const)(
  'a kept connection that the server %s when it is used again is replaced by a new one, after the wait for a retry',
  async (_, endIt) => {
    const requestsOf: number[] = [];
    const raw = createServer((socket) => {
      const connection = requestsOf.push(0) - 1;
      socket.on('error', () => {});
      socket.on('data', () => {
        requestsOf[connection] = (requestsOf[connection] ?? 0) + 1;
        if (requestsOf[connection] === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
        else endIt(socket);
      });
    });
    await new Promise<void>((done) => raw.listen(0, '127.0.0.1', done));
    const fetcher = given.fetcher();
    const url = `http://127.0.0.1:${(raw.address() as AddressInfo).port}/`;
    const request = { url, validators: null, headers: {}, trustedOrigins: new Set<string>() };
    const begun = performance.now();
    for (let poll = 1; poll <= 2; poll++) {
      const answer = await fetcher.fetch({ ...request, repeatAfterSeconds: 0.2 }, AT_ONCE, NEVER);
      expect(answer).toMatchObject({ outcome: 'fetched' });
      // undici takes a connection for free only in the turn of the event loop after its answer.
      for (let turn = 0; turn < 3; turn++) await setImmediate();
    }
    // The server may have seen the second request: to send it again at once would be sooner than any ttl.
    expect(performance.now() - begun).toBeGreaterThan(199);
    const impatient = await fetcher.fetch(request, AT_ONCE, NEVER);
    expect(impatient).toMatchObject({ outcome: 'failed', error: 'connection_reset' });
    requestsOf[1] = 1;
    expect(requestsOf).toEqual([2, 1]);
    raw.close();
  },
);

async function listenRaw(bytes: string): Promise<Server> {
  const raw = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(bytes));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  raw.listen(0, '127.0.0.1', resolve);
  await promise;
  return raw;
}

test('a second poll uses the ETag of jsonWithEtag over a kept connection', async () => {
  given.server.answers['/feed'] = jsonWithEtag({ a: 1 }, '"a"');
  const fetcher = given.fetcher();
  const request = { url: `${given.server.url}/feed`, headers: {}, trustedOrigins: new Set<string>() };
  await fetcher.fetch({ ...request, validators: null }, AT_ONCE, NEVER);
  const validators = { etag: '"a"', last_modified: null };
  expect(await fetcher.fetch({ ...request, validators }, AT_ONCE, NEVER)).toMatchObject({
    outcome: 'unchanged',
  });
});

test('two requests at once to a host have a connection each, and the requests after them keep to these two', async () => {
  const ports: (number | undefined)[] = [];
  const both = Promise.withResolvers<void>();
  given.server.answers['/slow'] = async (request, response) => {
    ports.push(request.socket.remotePort);
    if (ports.length === 2) both.resolve();
    await both.promise;
    response.writeHead(200).end('{}');
  };
  const fetcher = given.fetcher();
  const request = {
    url: `${given.server.url}/slow`,
    validators: null,
    headers: {},
    trustedOrigins: new Set<string>(),
  };
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all([1, 2].map(() => fetcher.fetch(request, AT_ONCE, NEVER)));
    expect(answers).toMatchObject([{ outcome: 'fetched' }, { outcome: 'fetched' }]);
  }
  expect(ports).toHaveLength(6);
  expect(new Set(ports).size).toBe(2);
});
