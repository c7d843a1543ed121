import { type Clock, systemClock, waitFor } from '../clock.ts';
import { readRetryAfter } from '../schedule/back-off.ts';
import { HostAskedToWait } from '../schedule/host-limits.ts';
import type { FetchFailureCode } from './codes.ts';
import { Connections } from './connections.ts';
import { FetchFailure, failureCode } from './fetch-failure.ts';
import { type ConnectSettings, guardedConnector, type Resolve } from './guarded-connect.ts';
import { type Reply, type RequestLimits, requestOnce } from './request-once.ts';

export type FetchSettings = ConnectSettings & RequestLimits & { userAgent: string };

/** What a server sent to identify a version of its body. */
export type Validators = { etag: string | null; last_modified: string | null };

export type FeedRequest = {
  url: string;
  /** Validators of the body that is already known; null always requests the whole body. */
  validators: Validators | null;
  /** The system's headers. Only trusted origins receive them, because a redirect must not carry a key elsewhere. */
  headers: Record<string, string>;
  trustedOrigins: ReadonlySet<string>;
  /** Called as soon as a host says how long to pause requests, even while a slow body is still arriving. */
  onRetryAfter?: (host: string, seconds: number) => void;
  /** How soon to repeat the request if the server closed the kept connection it used; null when this poll must not repeat it. */
  repeatAfterSeconds?: number | null;
};

/** How one poll ended. `url` is the address that answered, or the last one asked if none did. `duration_ms` excludes waiting for a turn. */
export type FeedAnswer = { url: string; duration_ms: number } & (Fetched | Unchanged | Failed);
type Fetched = {
  outcome: 'fetched';
  http_status: number;
  body: Buffer;
  content_type: string | null;
  validators: Validators;
};
type Unchanged = { outcome: 'unchanged'; http_status: number; etag: string | null };
type Failed = {
  outcome: 'failed';
  http_status: number | null;
  error: FetchFailureCode | `http_${number}`;
  retryAfterSeconds: number | null;
  cause: unknown;
};

/** Runs a request when it is its host's turn. */
export type RunOnHost = <T>(host: string, request: () => Promise<T>) => Promise<T>;

/**
 * The server closed a kept connection just as it was reused. The connection had been idle too long, which is nobody's
 * fault. But the server may have seen the request, so it is not repeated at once.
 */
class KeptConnectionClosed extends FetchFailure {
  constructor(cause: unknown) {
    super('connection_reset', { cause });
  }
}

const REDIRECTS_MAX = 3;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
/** Longer ETags are not sent back: each record would also carry them as a header. */
const VALIDATOR_LENGTH_MAX = 512;
const TOKEN_BYTES_MAX = 64 * 1024;

/** What a test may use instead of the clock and the name servers. */
type FetchSurroundings = { clock?: Clock; resolve?: Resolve };

/** Fetches feeds over kept connections. */
export class FeedFetcher {
  readonly #settings: FetchSettings;
  readonly #connections: Connections;
  readonly #clock: Clock;
  /** How many connections were opened, by origin. */
  readonly #opened = new Map<string, number>();

  constructor(settings: FetchSettings, { clock = systemClock, resolve }: FetchSurroundings = {}) {
    this.#settings = settings;
    this.#clock = clock;
    const connect = guardedConnector(settings, resolve);
    this.#connections = new Connections((options, callback) => {
      const origin = `${options.protocol}//${options.host}`;
      this.#opened.set(origin, this.#openedTo(origin) + 1);
      connect(options, callback);
    });
  }

  /** Every failure of a publisher is an answer. Rejects only with the signal's reason. */
  async fetch(request: FeedRequest, runOnHost: RunOnHost, signal: AbortSignal): Promise<FeedAnswer> {
    let url = new URL(request.url);
    let duration_ms = 0;
    let http_status: number | null = null;
    const asked = new Set<string>();
    let repeatAfterSeconds = request.repeatAfterSeconds ?? null;
    const hop = async (): Promise<Reply> => {
      const startedAtMs = this.#clock.nowMs();
      asked.add(url.href);
      try {
        return await this.#ask(url, request, signal);
      } finally {
        duration_ms += this.#clock.nowMs() - startedAtMs;
      }
    };
    try {
      for (let redirects = 0; ; redirects++) {
        const reply = await runOnHost(url.host, hop).catch(async (error: unknown) => {
          if (!(error instanceof KeptConnectionClosed) || repeatAfterSeconds === null) throw error;
          await waitFor(this.#clock, repeatAfterSeconds * 1000, signal);
          repeatAfterSeconds = null;
          return await runOnHost(url.host, hop);
        });
        if (!REDIRECT_STATUSES.has(reply.status)) {
          return { url: url.href, duration_ms, ...judge(reply, request, this.#clock.epochMs()) };
        }
        http_status = reply.status;
        if (redirects === REDIRECTS_MAX) throw new FetchFailure('too_many_redirects');
        url = redirectTarget(reply, url);
        // A repeated request would follow the first one at once, sooner than any ttl allows.
        if (asked.has(url.href)) throw new FetchFailure('too_many_redirects');
      }
    } catch (cause) {
      signal.throwIfAborted();
      const failed = {
        outcome: 'failed',
        error: failureCode(cause),
        retryAfterSeconds: cause instanceof HostAskedToWait ? cause.seconds : null,
        cause,
      } as const;
      return { url: url.href, duration_ms, http_status, ...failed };
    }
  }

  /**
   * Asks for an access token. Does not follow redirects, because the form holds a key. @throws what requestOnce throws
   */
  async postForm(
    address: string,
    form: Record<string, string>,
    {
      headers,
      signal,
      onRetryAfter,
    }: {
      headers: Record<string, string>;
      signal: AbortSignal;
      onRetryAfter: (host: string, seconds: number) => void;
    },
  ): Promise<Reply> {
    const url = new URL(address);
    const limits = { ...this.#settings, bodyBytesMax: TOKEN_BYTES_MAX };
    const sent = {
      accept: 'application/json',
      'user-agent': this.#settings.userAgent,
      ...headers,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const surroundings = { clock: this.#clock, limits, form: new URLSearchParams(form).toString() };
    return await this.#connections.use(url.origin, (dispatcher) =>
      requestOnce({ ...surroundings, dispatcher }, url, sent, signal, (head) => {
        const seconds = retryAfter(head, this.#clock.epochMs());
        if (seconds !== null) onRetryAfter(url.host, seconds);
      }),
    );
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  async #ask(url: URL, request: FeedRequest, signal: AbortSignal): Promise<Reply> {
    const surroundings = { clock: this.#clock, limits: this.#settings };
    const opened = this.#openedTo(url.origin);
    try {
      return await this.#connections.use(url.origin, (dispatcher) =>
        requestOnce({ ...surroundings, dispatcher }, url, this.#headers(url, request), signal, (head) => {
          const seconds = retryAfter(head, this.#clock.epochMs());
          if (seconds !== null) request.onRetryAfter?.(url.host, seconds);
        }),
      );
    } catch (cause) {
      const wasKept = opened > 0 && this.#openedTo(url.origin) === opened;
      throw wasKept && failureCode(cause) === 'connection_reset' ? new KeptConnectionClosed(cause) : cause;
    }
  }

  #openedTo(origin: string): number {
    return this.#opened.get(origin) ?? 0;
  }

  #headers(url: URL, { validators, headers, trustedOrigins }: FeedRequest): Record<string, string> {
    const own: Record<string, string> = {
      accept: 'application/json',
      'accept-encoding': 'gzip, br, zstd',
      'user-agent': this.#settings.userAgent,
    };
    if (validators?.etag) own['if-none-match'] = validators.etag;
    if (validators?.last_modified) own['if-modified-since'] = validators.last_modified;
    if (isTrusted(url, trustedOrigins)) {
      for (const [name, value] of Object.entries(headers)) own[name.toLowerCase()] = value;
    }
    return own;
  }
}

function judge(reply: Reply, { validators }: FeedRequest, nowMs: number): Fetched | Unchanged | Failed {
  const { status: http_status, header, body } = reply;
  if (body !== null) {
    return {
      outcome: 'fetched',
      http_status,
      body,
      content_type: header('content-type'),
      validators: {
        etag: readValidator(header('etag')),
        last_modified: readValidator(header('last-modified')),
      },
    };
  }
  if (http_status === 304 && validators !== null) {
    return { outcome: 'unchanged', http_status, etag: readValidator(header('etag')) };
  }
  return {
    outcome: 'failed',
    http_status,
    error: `http_${http_status}`,
    retryAfterSeconds: retryAfter(reply, nowMs),
    cause: undefined,
  };
}

/**
 * Redirects may carry Retry-After as well (RFC 9110, 10.2.3). A feed that answers sets the time of the next poll by its
 * ttl alone.
 */
function retryAfter({ status, header }: Pick<Reply, 'status' | 'header'>, nowMs: number): number | null {
  if (status === 200 || status === 304) return null;
  return readRetryAfter(header('retry-after'), nowMs, header('date'));
}

/** The same host over https counts as the http origin that it replaces, but not the reverse. */
function isTrusted(url: URL, trustedOrigins: ReadonlySet<string>): boolean {
  return trustedOrigins.has(url.origin) || trustedOrigins.has(url.origin.replace(/^https:/, 'http:'));
}

function redirectTarget(reply: Reply, from: URL): URL {
  const url = URL.parse(reply.header('location') ?? '', from);
  if (reply.header('location') === null || url === null || !/^https?:$/.test(url.protocol)) {
    throw new FetchFailure('bad_redirect');
  }
  url.hash = '';
  return url;
}

function readValidator(value: string | null): string | null {
  return value !== null && value.length <= VALIDATOR_LENGTH_MAX && /^[\x20-\x7e]+$/.test(value)
    ? value
    : null;
}
