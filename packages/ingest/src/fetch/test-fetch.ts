import { FeedFetcher, type FeedRequest, type FetchSettings } from './fetch-feed.ts';
import { type FeedServer, startFeedServer } from './test-feed-server.ts';

export const SETTINGS: FetchSettings = {
  userAgent: 'velolog/1.2.3 (+https://example.org)',
  allowPrivateAddresses: true,
  bodyBytesMax: 32 * 1024 * 1024,
  // No test may reach these limits by accident, even on a busy machine.
  connectTimeoutMs: 60_000,
  headersTimeoutMs: 60_000,
  bodyTimeoutMs: 60_000,
};
export const NEVER = new AbortController().signal;
export const AT_ONCE = <T>(_host: string, request: () => Promise<T>): Promise<T> => request();

/** A feed server and fetchers that request from it. */
export class TestFetch implements AsyncDisposable {
  server: FeedServer;
  readonly #fetchers: FeedFetcher[] = [];

  private constructor(server: FeedServer) {
    this.server = server;
  }

  static async start(): Promise<TestFetch> {
    return new TestFetch(await startFeedServer());
  }

  fetcher(changes: Partial<FetchSettings> = {}): FeedFetcher {
    const fetcher = new FeedFetcher({ ...SETTINGS, ...changes });
    this.#fetchers.push(fetcher);
    return fetcher;
  }

  fetch(path: string, request: Partial<FeedRequest> = {}, changes: Partial<FetchSettings> = {}) {
    const url = path.startsWith('http') ? path : this.server.url + path;
    const whole = { url, validators: null, headers: {}, trustedOrigins: new Set<string>(), ...request };
    return this.fetcher(changes).fetch(whole, AT_ONCE, NEVER);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#fetchers.map((fetcher) => fetcher.close()));
    await this.server[Symbol.asyncDispose]();
  }
}
