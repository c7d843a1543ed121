// By its file, here and elsewhere: Bun takes the bare name for an undici of its own, which has half of it.
import { Agent } from 'undici/index.js';
import { readRetryAfter } from '../schedule/back-off.ts';
import { FetchFailure, failureCode } from './fetch-failure.ts';
import { type ConnectSettings, guardedConnector } from './guarded-connect.ts';
import { type Reply, type RequestLimits, requestOnce } from './request-once.ts';

export type FetchSettings = ConnectSettings & RequestLimits & { userAgent: string };

/** What a server gave to recognise a body by. */
export type Validators = { etag: string | null; last_modified: string | null };

export type FeedRequest = {
  url: string;
  /** Of the body that is already known; null asks for the whole body in any case. */
  validators: Validators | null;
  /** Headers of the system, sent to the trusted origins only: a redirect must not carry a key elsewhere. */
  headers: Record<string, string>;
  trustedOrigins: ReadonlySet<string>;
};

/** How one poll ended. `url` is what answered, or was asked last when nothing did. `duration_ms` leaves out waiting for a turn. */
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
  /** A short code: `timeout_headers`, `http_503`, `body_too_large` … */
  error: string;
  retryAfterSeconds: number | null;
  cause: unknown;
};

/** Runs a request when the turn of its host has come. */
export type RunOnHost = <T>(host: string, request: () => Promise<T>) => Promise<T>;

const REDIRECTS_MAX = 3;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
/** Longer ones are not worth repeating; they also travel as a header of each record. */
const VALIDATOR_LENGTH_MAX = 512;

/** Fetches feeds. Its connections are kept for as long as a server says, at most a minute, so that systems by the hundred cost few sockets. */
export class FeedFetcher {
  readonly #settings: FetchSettings;
  readonly #agent: Agent;

  constructor(settings: FetchSettings) {
    this.#settings = settings;
    this.#agent = new Agent({
      connect: guardedConnector(settings),
      allowH2: false,
      keepAliveMaxTimeout: 60_000,
      // requestOnce has its own: those of undici start anew with each byte received.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Every way in which a publisher can fail is an answer; rejects only with the reason of the signal. */
  async fetch(request: FeedRequest, runOnHost: RunOnHost, signal: AbortSignal): Promise<FeedAnswer> {
    let url = new URL(request.url);
    let duration_ms = 0;
    let http_status: number | null = null;
    const hop = async (): Promise<Reply> => {
      const startedAtMs = performance.now();
      try {
        return await requestOnce(this.#agent, url, this.#headers(url, request), this.#settings, signal);
      } finally {
        duration_ms += performance.now() - startedAtMs;
      }
    };
    try {
      for (let redirects = 0; ; redirects++) {
        const reply = await runOnHost(url.host, hop);
        if (!REDIRECT_STATUSES.has(reply.status)) {
          return { url: url.href, duration_ms, ...judge(reply, request) };
        }
        http_status = reply.status;
        if (redirects === REDIRECTS_MAX) throw new FetchFailure('too_many_redirects');
        url = redirectTarget(reply, url);
      }
    } catch (cause) {
      signal.throwIfAborted();
      const failed = {
        outcome: 'failed',
        error: failureCode(cause),
        retryAfterSeconds: null,
        cause,
      } as const;
      return { url: url.href, duration_ms, http_status, ...failed };
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
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

function judge(reply: Reply, { validators }: FeedRequest): Fetched | Unchanged | Failed {
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
  const retryAfterSeconds = readRetryAfter(header('retry-after'));
  return {
    outcome: 'failed',
    http_status,
    error: `http_${http_status}`,
    retryAfterSeconds,
    cause: undefined,
  };
}

/** The same host over https counts as the http origin it replaces, never the other way round. */
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
