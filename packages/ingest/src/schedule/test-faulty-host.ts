import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { waitFor } from '../clock.ts';
import type { SeenRequest } from './test-polite-rules.ts';
import type { SimulatedClock } from './test-simulated-clock.ts';

/** Ways to answer. `FAULTS` lists what publishers do wrong. */
export const FAULTS = [
  'retry-after',
  'retry-after-date',
  'error',
  'reset',
  'hang',
  'stop-half-way',
  'trickle',
  'not-found',
  'loop',
  'redirect-and-wait',
  'html',
  'cut',
  'bomb',
  'no-list',
  'ttl-negative',
  'ttl-unreadable',
] as const;
export type Behaviour = (typeof FAULTS)[number] | 'good' | 'slow' | 'moved' | 'unchanged' | 'ttl-changes';

/** How one system answers for one of its feeds; called for every request. */
export type Choose = (system: string, feed: string) => { behaviour: Behaviour; ttl: number };

const STATIC_FEEDS = ['gbfs', 'station_information', 'system_information'];
const LISTED = ['station_status', 'station_information', 'system_information'];
const BOMB = gzipSync(Buffer.alloc(1024 * 1024 + 1, 0x20));

/**
 * A server of many systems, under the paths /system/feed, that notes every request. It waits only on the simulated clock.
 */
export class FaultyHost implements AsyncDisposable {
  readonly seen: (SeenRequest & { behaviour: string })[] = [];
  /** Answers that are not finished (`open`), and those of them that wait for the clock (`waiting`). */
  open = 0;
  waiting = 0;
  readonly #clock: SimulatedClock;
  readonly #choose: Choose;
  readonly #intervals: ReadonlyMap<string, number>;
  readonly #random: () => number;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  constructor(
    clock: SimulatedClock,
    choose: Choose,
    { intervals, random }: { intervals: ReadonlyMap<string, number>; random: () => number },
  ) {
    this.#clock = clock;
    this.#choose = choose;
    this.#intervals = intervals;
    this.#random = random;
    // What arrives here over TLS is not HTTP, but it is still a request.
    this.#server.on('clientError', (_error, socket) => this.#refuseTls(socket as Socket));
  }

  async listen(): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, '127.0.0.1', resolve);
    await promise;
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #refuseTls(socket: Socket): void {
    const atMs = this.#clock.nowMs();
    const { port } = this.#server.address() as AddressInfo;
    this.seen.push({
      ...blank(`gbfs.bikes.example:${port}`, 'tls/gbfs', atMs),
      behaviour: 'tls',
      answer: 'bad',
      endMs: atMs,
    });
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, system = '', feed = '', moved] = (request.url ?? '').split('/');
    const { behaviour, ttl } = moved ? { behaviour: 'good' as const, ttl: 10 } : this.#choose(system, feed);
    const note = {
      ...blank(request.headers.host ?? '', moved ? null : `${system}/${feed}`, this.#clock.nowMs()),
      behaviour,
      intervalSeconds: this.#intervals.get(system) ?? null,
    };
    this.seen.push(note);
    this.open++;
    response.on('close', () => {
      this.open--;
      note.endMs = this.#clock.nowMs();
    });
    response.sendDate = false;
    response.setHeader('date', new Date(this.#clock.epochMs()).toUTCString());
    await this.#behave(behaviour, { request, response, note, system, feed, ttl });
  }

  async #behave(behaviour: Behaviour, { request, response, note, system, feed, ttl }: Asked): Promise<void> {
    const host = request.headers.host ?? '';
    const good = (declared: unknown = ttl): string => {
      note.answer = 'good';
      note.ttlSeconds = typeof declared === 'number' && declared >= 0 ? declared : null;
      return JSON.stringify({
        ttl: declared,
        last_updated: Math.floor(this.#clock.epochMs() / 1000),
        data: dataOf(host, system, feed),
      });
    };
    const seconds = 20 + Math.floor(this.#random() * 100);
    switch (behaviour) {
      case 'good':
      case 'ttl-changes':
        return void response.end(good());
      case 'unchanged': {
        const body = good();
        const isKnown = request.headers['if-none-match'] === '"1"';
        // A 304 says nothing about the ttl.
        if (isKnown) note.ttlSeconds = null;
        return void response.writeHead(isKnown ? 304 : 200, { etag: '"1"' }).end(isKnown ? undefined : body);
      }
      case 'ttl-negative':
        return void response.end(good(-5));
      case 'ttl-unreadable':
        return void response.end(good('soon'));
      case 'slow':
        await this.#writeSlowly(response, good(), 2);
        return;
      case 'moved':
        note.answer = 'good';
        note.ttlSeconds = 10;
        return void response.writeHead(302, { location: `/${system}/${feed}/moved` }).end();
      case 'retry-after':
        note.retryAfterSeconds = seconds;
        return void response
          .writeHead(this.#random() < 0.5 ? 429 : 503, { 'retry-after': String(seconds) })
          .end('no');
      case 'retry-after-date': {
        // Dates have whole seconds, and so has the Date header that they are compared with.
        const until = Math.floor(this.#clock.epochMs() / 1000) * 1000 + seconds * 1000;
        note.retryAfterSeconds = seconds;
        return void response.writeHead(503, { 'retry-after': new Date(until).toUTCString() }).end();
      }
      case 'redirect-and-wait':
        note.retryAfterSeconds = seconds;
        return void response
          .writeHead(302, { location: `/${system}/${feed}/moved`, 'retry-after': String(seconds) })
          .end();
      case 'error':
        return void response.writeHead(500).end('sorry');
      case 'not-found':
        return void response.writeHead(404).end();
      case 'loop':
        return void response.writeHead(301, { location: request.url ?? '' }).end();
      case 'reset':
        note.answer = 'reset';
        return void request.socket.resetAndDestroy();
      case 'hang':
        return void (await this.#wait(response, 3_600_000));
      case 'stop-half-way':
        response.write('{"ttl":0,"data":{"stations":[');
        return void (await this.#wait(response, 3_600_000));
      case 'trickle':
        return await this.#writeSlowly(response, ' '.repeat(100), 5);
      case 'html':
        return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
      case 'cut':
        return void response.end(JSON.stringify({ data: { stations: [{}] } }).slice(0, -3));
      case 'bomb':
        return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB);
      case 'no-list':
        return void response.end('{"ttl":0,"data":{"stations":null,"feeds":null}}');
    }
  }

  async #writeSlowly(response: ServerResponse, text: string, pauseSeconds: number): Promise<void> {
    const size = Math.ceil(text.length / (pauseSeconds < 5 ? 5 : text.length));
    for (let at = 0; at < text.length && !response.destroyed; at += size) {
      response.write(text.slice(at, at + size));
      await this.#wait(response, pauseSeconds * 1000);
    }
    response.end();
  }

  /** Waits until the time is over or the client has given up. */
  async #wait(response: ServerResponse, ms: number): Promise<void> {
    const left = new AbortController();
    const leave = (): void => left.abort();
    response.on('close', leave);
    this.waiting++;
    await waitFor(this.#clock, ms, left.signal).catch(() => {});
    this.waiting--;
    response.off('close', leave);
  }
}

type Asked = {
  request: IncomingMessage;
  response: ServerResponse;
  note: SeenRequest;
  system: string;
  feed: string;
  ttl: number;
};

function blank(host: string, feed: string | null, atMs: number): SeenRequest {
  const kind = STATIC_FEEDS.some((name) => feed?.endsWith(`/${name}`)) ? 'static' : 'live';
  return {
    host,
    feed,
    kind,
    atMs,
    endMs: Number.POSITIVE_INFINITY,
    answer: 'bad',
    ttlSeconds: null,
    retryAfterSeconds: null,
    intervalSeconds: null,
  };
}

function dataOf(host: string, system: string, feed: string): unknown {
  if (feed === 'gbfs') {
    return { en: { feeds: LISTED.map((name) => ({ name, url: `http://${host}/${system}/${name}` })) } };
  }
  if (feed === 'system_information') return { system_id: system, name: system };
  return { stations: [{ station_id: '1', num_bikes_available: 3 }] };
}
