import { type Clock, systemClock } from '../clock.ts';
import { type TokenKeeper, type TokenNote, tokenKeyOf } from '../politeness/token-note.ts';
import { backOffSeconds, readRetryAfter } from '../schedule/back-off.ts';
import type { HostLimits } from '../schedule/host-limits.ts';
import type { System } from '../sources/system.ts';
import { FetchFailure } from './fetch-failure.ts';
import type { FeedFetcher } from './fetch-feed.ts';
import type { Reply } from './request-once.ts';

/** With the keys themselves. */
export type Credentials = NonNullable<System['authentication']>;

/** How long a token is used that does not say how long it lasts. */
const LIFETIME_SECONDS = 3600;
/** A token is given up shortly before its end, so that none expires on its way. */
const MARGIN = { share: 0.1, secondsMax: 60 };
const RETRY_SECONDS = 60;
/** After a token was refused, the next one is fetched no sooner than this after it. */
const RENEW_SECONDS = 10;

type Token = {
  /** null: none was fetched, or it was refused. */
  value: string | null;
  endsAtMs: number;
  pending: Promise<string> | null;
  /** The last fetch failed: none before `notBeforeMs`. */
  failure: FetchFailure | null;
  failures: number;
  /** Refused in a row, each soon after it was fetched. */
  refusals: number;
  notBeforeMs: number;
  /** Ingests before this one that fetched a token, each shortly after the other. */
  starts: number;
};

/** What a worker before this one noted. */
export type RecalledToken = { notBeforeMs: number; failures: number; starts: number };

/**
 * Access tokens of OAuth 2.0, by client credentials (RFC 6749, 4.4): one for all systems with the same credentials.
 *
 * none -> being fetched -> valid -> (its end is near, or a feed answered 401) none; a fetch that fails is repeated with back-off, and until
 * then every poll fails without a request.
 */
export class AccessTokens {
  readonly #fetcher: Pick<FeedFetcher, 'postForm'>;
  readonly #limits: HostLimits;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Token>();
  readonly #recalled = new Map<string, RecalledToken>();
  readonly #closed = new AbortController();

  constructor(fetcher: Pick<FeedFetcher, 'postForm'>, limits: HostLimits, clock: Clock = systemClock) {
    this.#fetcher = fetcher;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** What a worker before this one knew of a place that issues tokens, by tokenKeyOf. A token that is known here already goes on. */
  recall(key: string, recalled: RecalledToken): void {
    this.#recalled.set(key, recalled);
  }

  /** @throws FetchFailure when there is none, or the reason of the signal */
  async get(credentials: Credentials, signal: AbortSignal, keeper: TokenKeeper): Promise<string> {
    const token = this.#tokenOf(credentials);
    const nowMs = this.#clock.nowMs();
    if (token.value !== null && nowMs < token.endsAtMs) return token.value;
    if (token.pending === null && token.failure !== null && nowMs < token.notBeforeMs) throw token.failure;
    // The fetch serves all who wait: a system that is no longer recorded does not cancel it.
    token.pending ??= this.#fetch(token, credentials, keeper).finally(() => {
      token.pending = null;
    });
    return await unlessAborted(token.pending, signal);
  }

  /** A feed answered 401 to it. @returns whether another one may help now */
  refuse(credentials: Credentials, value: string): boolean {
    const token = this.#tokenOf(credentials);
    if (token.value !== value) return true;
    const nowMs = this.#clock.nowMs();
    if (nowMs < token.notBeforeMs) return false;
    token.value = null;
    token.refusals += 1;
    return true;
  }

  /** A feed accepted it. */
  accept(credentials: Credentials, value: string): void {
    const token = this.#tokenOf(credentials);
    if (token.value === value) token.refusals = 0;
  }

  close(): void {
    this.#closed.abort(new Error('ingest ends'));
  }

  #tokenOf(credentials: Credentials): Token {
    const { token_url, client_id, client_secret, scope, client_authentication } = credentials;
    // Asked for at each poll, so not by tokenKeyOf, which is a hash.
    const key = JSON.stringify([token_url, client_id, client_secret, scope, client_authentication]);
    let token = this.#tokens.get(key);
    if (token === undefined) {
      const recalled = this.#recalled.get(tokenKeyOf(credentials));
      token = {
        value: null,
        endsAtMs: 0,
        pending: null,
        failure: recalled === undefined ? null : new FetchFailure('token_unavailable'),
        failures: 0,
        refusals: 0,
        notBeforeMs: 0,
        starts: 0,
        ...recalled,
      };
      this.#tokens.set(key, token);
    }
    return token;
  }

  /** What the next ingest has to know: it has no token, and this fetch may be the last thing that this one does. */
  #noteOf({ starts, failures, notBeforeMs }: Token): TokenNote {
    const wait = (failuresInARow: number, baseSeconds: number): number =>
      backOffSeconds({ failuresInARow, baseSeconds, retryAfterSeconds: null }) * 1000;
    const leftMs = notBeforeMs - this.#clock.nowMs();
    const retryMs = failures === 0 ? 0 : leftMs > 0 ? leftMs : wait(failures + 1, RETRY_SECONDS);
    return {
      not_before_in_ms: Math.round(Math.max(wait(starts, RENEW_SECONDS), retryMs)),
      failures,
      starts: starts + 1,
    };
  }

  async #fetch(token: Token, credentials: Credentials, keeper: TokenKeeper): Promise<string> {
    const key = tokenKeyOf(credentials);
    let retryAfterSeconds: number | null = null;
    try {
      const reply = await this.#ask(credentials, keeper, () => keeper.claim(key, this.#noteOf(token)));
      retryAfterSeconds = readRetryAfter(
        reply.header('retry-after'),
        this.#clock.epochMs(),
        reply.header('date'),
      );
      const { value, seconds } = readToken(reply);
      const nowMs = this.#clock.nowMs();
      const margin = Math.min(MARGIN.secondsMax, seconds * MARGIN.share);
      const spacing = backOffSeconds({
        failuresInARow: token.refusals,
        baseSeconds: RENEW_SECONDS,
        retryAfterSeconds: null,
      });
      Object.assign(token, {
        value,
        endsAtMs: nowMs + (seconds - margin) * 1000,
        failure: null,
        failures: 0,
        notBeforeMs: nowMs + spacing * 1000,
      });
      keeper.note(key, this.#noteOf(token));
      return value;
    } catch (error) {
      this.#closed.signal.throwIfAborted();
      token.failures += 1;
      token.value = null;
      token.failure =
        error instanceof FetchFailure && error.reason === 'token_refused' ? error : unavailable(error);
      const seconds = backOffSeconds({
        failuresInARow: token.failures,
        baseSeconds: RETRY_SECONDS,
        retryAfterSeconds,
      });
      token.notBeforeMs = this.#clock.nowMs() + seconds * 1000;
      keeper.note(key, this.#noteOf(token));
      throw token.failure;
    }
  }

  #ask(
    { token_url, client_id, client_secret, scope, client_authentication }: Credentials,
    keeper: TokenKeeper,
    prepare: () => Promise<void>,
  ): Promise<Reply> {
    const isBasic = client_authentication === 'basic';
    const form = {
      grant_type: 'client_credentials',
      ...(scope !== undefined && { scope }),
      ...(!isBasic && { client_id, client_secret }),
    };
    // Both parts are form-encoded first (RFC 6749, 2.3.1).
    const pair = `${encodeURIComponent(client_id)}:${encodeURIComponent(client_secret)}`;
    const headers: Record<string, string> = isBasic
      ? { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
      : {};
    const { signal } = this.#closed;
    const post = () =>
      this.#fetcher.postForm(token_url, form, {
        headers,
        signal,
        onRetryAfter: (host, seconds) => {
          this.#limits.askToWait(host, seconds);
          keeper.wait(host, seconds);
        },
      });
    return this.#limits.run(new URL(token_url).host, post, { signal, prepare });
  }
}

/** @throws FetchFailure */
function readToken({ status, body }: Reply): { value: string; seconds: number } {
  if (status >= 400 && status < 500 && status !== 408 && status !== 429)
    throw new FetchFailure('token_refused');
  if (body === null) throw new FetchFailure('token_unavailable');
  let answer: { access_token?: unknown; expires_in?: unknown } | null;
  try {
    answer = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    // The message would quote the body.
    throw new FetchFailure('token_unavailable', { cause: (cause as Error).name });
  }
  const value = answer?.access_token;
  // What no header can carry is not a token.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) throw new FetchFailure('token_unavailable');
  const seconds = Number(answer?.expires_in ?? LIFETIME_SECONDS);
  return { value, seconds: Number.isFinite(seconds) && seconds > 0 ? seconds : LIFETIME_SECONDS };
}

function unavailable(cause: unknown): FetchFailure {
  return new FetchFailure('token_unavailable', { cause });
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
