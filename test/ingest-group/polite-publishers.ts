import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { random } from '../history/random.ts';

/** One request as the server saw it, in milliseconds of one clock. */
export type Seen = {
  /** Represents a registrable domain here: an address of this machine. */
  domain: string;
  /** system/feed */
  feed: string;
  system: string;
  atMs: number;
  /** When it was answered, or its connection ended. */
  endMs: number;
  status: number;
  retryAfterSeconds: number | null;
  conditional: boolean;
  /** Its User-Agent. */
  agent: string;
  /** The count in the body's station; null without a body. */
  bikes: number | null;
  /** As sent; empty when there was none. */
  body: string;
};

export type PublishersOptions = {
  seed: number;
  domains: number;
  systemsOfEach: number;
  ttlSeconds: number;
  /** Share of answers that ask for a pause. */
  throttledShare?: number;
  retryAfterSeconds?: number;
};

/**
 * Publishers at several addresses of this machine, which note each request. The count in each body of a station_status is one higher than in
 * the last.
 */
export class PolitePublishers implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly systems: { id: string; discovery_url: string }[] = [];
  /** Systems that no longer exist: they answer 404. */
  readonly gone = new Set<string>();
  /** The next request for a station_status of that domain is answered with a Retry-After of this many seconds. */
  readonly throttleNext = new Map<string, number>();
  readonly #options: PublishersOptions;
  readonly #random: () => number;
  readonly #bikes = new Map<string, number>();
  readonly #server = createServer((request, response) => this.#answer(request, response));

  private constructor(options: PublishersOptions) {
    this.#options = options;
    this.#random = random(options.seed);
  }

  static async start(options: PublishersOptions): Promise<PolitePublishers> {
    const publishers = new PolitePublishers(options);
    const { promise, resolve } = Promise.withResolvers<void>();
    publishers.#server.listen(0, '0.0.0.0', resolve);
    await promise;
    const { port } = publishers.#server.address() as AddressInfo;
    for (let domain = 0; domain < options.domains; domain++) {
      for (let index = 0; index < options.systemsOfEach; index++) {
        const id = `city-${domain}-${index}`;
        const discovery_url = `http://127.0.0.${domain + 2}:${port}/${id}/gbfs`;
        publishers.systems.push({ id, discovery_url });
      }
    }
    return publishers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [, system = '', feed = ''] = (request.url ?? '').split('/');
    const seen: Seen = {
      domain: request.headers.host ?? '',
      system,
      feed: `${system}/${feed}`,
      atMs: performance.now(),
      endMs: Number.POSITIVE_INFINITY,
      status: 200,
      retryAfterSeconds: null,
      conditional: request.headers['if-none-match'] !== undefined,
      agent: request.headers['user-agent'] ?? '',
      bikes: null,
      body: '',
    };
    this.seen.push(seen);
    response.on('close', () => {
      seen.endMs = Math.min(seen.endMs, performance.now());
    });
    // As slow as real servers, so that requests overlap.
    setTimeout(() => this.#reply(request, response, seen), 5 + this.#random() * 150);
  }

  #reply(request: IncomingMessage, response: ServerResponse, seen: Seen): void {
    // A client that was killed in the meantime receives nothing, not even a Retry-After.
    if (seen.endMs < Number.POSITIVE_INFINITY) return;
    // From here on the client may have the answer, however late this process notices it.
    seen.endMs = performance.now();
    const { throttledShare = 0, ttlSeconds } = this.#options;
    const [, name] = seen.feed.split('/');
    if (this.gone.has(seen.system)) {
      seen.status = 404;
      return void response.writeHead(404).end();
    }
    const throttle = this.throttleNext.get(seen.domain);
    if (name === 'station_status' && (throttle !== undefined || this.#random() < throttledShare)) {
      this.throttleNext.delete(seen.domain);
      const retryAfterSeconds = throttle ?? this.#options.retryAfterSeconds ?? 5;
      Object.assign(seen, { status: 429, retryAfterSeconds });
      return void response.writeHead(429, { 'retry-after': String(retryAfterSeconds) }).end();
    }
    const bikes = this.#bikes.get(seen.feed) ?? 0;
    const isUnchanged = this.#random() < 0.4 && request.headers['if-none-match'] === `"${bikes}"`;
    if (isUnchanged) {
      seen.status = 304;
      return void response.writeHead(304, { etag: `"${bikes}"` }).end();
    }
    this.#bikes.set(seen.feed, bikes + 1);
    seen.bikes = bikes + 1;
    const body = {
      last_updated: Math.floor(Date.now() / 1000),
      ttl: ttlSeconds,
      version: '2.3',
      data: this.#data(request, seen),
    };
    response.writeHead(200, { etag: `"${bikes + 1}"`, 'content-type': 'application/json' });
    seen.body = JSON.stringify(body);
    response.end(seen.body);
  }

  #data({ headers: { host } }: IncomingMessage, { feed, system, bikes }: Seen): unknown {
    if (feed.endsWith('/gbfs')) {
      const feeds = ['station_status', 'station_information'].map((name) => ({
        name,
        url: `http://${host}/${system}/${name}`,
      }));
      return { en: { feeds } };
    }
    return { stations: [{ station_id: '1', name: system, num_bikes_available: bikes }] };
  }
}
