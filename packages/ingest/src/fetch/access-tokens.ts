import { type Clock, systemClock, waitFor } from '../clock.ts';
import { type TokenKeeper, type TokenNote, tokenKeyOf } from '../politeness/token-note.ts';
import { backOffSeconds, readRetryAfter } from '../schedule/back-off.ts';
import type { HostLimits } from '../schedule/host-limits.ts';
import type { System } from '../sources/system.ts';
import { FetchFailure } from './fetch-failure.ts';
import type { FeedFetcher } from './fetch-feed.ts';
import type { Reply } from './request-once.ts';

/** Contains the actual keys. */
export type Credentials = NonNullable<System['authentication']>;

/** Lifetime of a token whose answer does not state one. */
const LIFETIME_SECONDS = 3600;
/** A token is dropped shortly before it expires, so that none expires in transit. */
const MARGIN = { share: 0.1, secondsMax: 60 };
const RETRY_SECONDS = 60;
/** After a token is refused, at least this long passes before the next one is fetched. */
const RENEW_SECONDS = 10;
/**
 * How long a new process waits after the last token of the one before: ten seconds, then twice as long each time. Up to this many in a row may
 * be workers that are replaced one after the other, and a system that moves between them must not be silent for a minute, so they wait no
 * longer than that. Only a worker that keeps crashing starts more often, and waits ever longer, up to an hour.
 */
const REPLACED = { startsMax: 8, secondsMax: 30 };
/** A poll waits this long for another worker's pause to end. It fails if that takes longer, or if the token endpoint failed. */
const HELD_SECONDS_MAX = 60;

type Token = {
  /** By which notes name its endpoint. */
  key: string;
  /** Null when no token was fetched, or when the last one was refused. */
  value: string | null;
  endsAtMs: number;
  pending: Promise<string> | null;
  /** Why the last fetch failed. There is no new fetch before `notBeforeMs`. */
  failure: FetchFailure | null;
  failures: number;
  /** Consecutive refusals, each soon after the token was fetched. */
  refusals: number;
  notBeforeMs: number;
  /** How many earlier ingest processes fetched a token, each shortly after the one before. */
  starts: number;
};

/** What an earlier worker noted. */
export type RecalledToken = { notBeforeMs: number; failures: number; starts: number };

/**
 * OAuth 2.0 access tokens by client credentials (RFC 6749, 4.4): one token for all systems with the same credentials.
 *
 * none -> being fetched -> valid -> (it ends soon, or a feed answered 401) none. A failed fetch is repeated with
 * back-off; until then every poll fails without a request. A fetch that only comes too soon after another worker's waits for its time, and the
 * polls wait with it: as failures, they would put off the next polls of their feeds, too.
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

  /**
   * Takes over what an earlier worker knew of a token endpoint, by tokenKeyOf. A token in use here stays in use, but the next request for one
   * waits as long as that worker would have waited.
   */
  recall(key: string, recalled: RecalledToken): void {
    this.#recalled.set(key, recalled);
    for (const token of this.#tokens.values()) if (token.key === key) this.#heed(token, recalled);
  }

  /** @throws FetchFailure when there is no token, or the reason of the signal */
  async get(credentials: Credentials, signal: AbortSignal, keeper: TokenKeeper): Promise<string> {
    const token = this.#tokenOf(credentials);
    const nowMs = this.#clock.nowMs();
    if (token.value !== null && nowMs < token.endsAtMs) return token.value;
    if (token.pending === null) refuseBeforeTime(token, nowMs);
    // The fetch serves every waiting caller, so a system that is no longer recorded does not cancel it.
    token.pending ??= this.#fetch(token, credentials, keeper).finally(() => {
      token.pending = null;
    });
    return await unlessAborted(token.pending, signal);
  }

  /** Notes that a feed answered 401 to the token. @returns whether another token may help now */
  refuse(credentials: Credentials, value: string): boolean {
    const token = this.#tokenOf(credentials);
    if (token.value !== value) return true;
    const nowMs = this.#clock.nowMs();
    if (nowMs < token.notBeforeMs) return false;
    token.value = null;
    token.refusals += 1;
    return true;
  }

  /** Notes that a feed accepted the token. */
  accept(credentials: Credentials, value: string): void {
    const token = this.#tokenOf(credentials);
    if (token.value === value) token.refusals = 0;
  }

  #heed(token: Token, { notBeforeMs, failures, starts }: RecalledToken): void {
    token.failures = Math.max(token.failures, failures);
    token.starts = Math.max(token.starts, starts);
    if (notBeforeMs <= Math.max(token.notBeforeMs, this.#clock.nowMs())) return;
    token.notBeforeMs = notBeforeMs;
    token.failure ??= new FetchFailure('token_unavailable');
  }

  close(): void {
    this.#closed.abort(new Error('ingest ends'));
  }

  #tokenOf(credentials: Credentials): Token {
    const { token_url, client_id, client_secret, scope, client_authentication } = credentials;
    // This runs at each poll, so it avoids tokenKeyOf, which computes a hash.
    const key = JSON.stringify([token_url, client_id, client_secret, scope, client_authentication]);
    let token = this.#tokens.get(key);
    if (token === undefined) {
      const noteKey = tokenKeyOf(credentials);
      const recalled = this.#recalled.get(noteKey);
      token = {
        key: noteKey,
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

  /**
   * What the next ingest process needs: it starts without a token, and this fetch may be the last thing this process
   * does.
   */
  #noteOf({ starts, failures, notBeforeMs }: Token): TokenNote {
    const leftMs = notBeforeMs - this.#clock.nowMs();
    const retryMs = failures === 0 ? 0 : leftMs > 0 ? leftMs : backOffMs(failures + 1, RETRY_SECONDS);
    return {
      not_before_in_ms: Math.round(Math.max(startsApartMs(starts), retryMs)),
      failures,
      starts: starts + 1,
    };
  }

  async #fetch(token: Token, credentials: Credentials, keeper: TokenKeeper): Promise<string> {
    // A hand-over during the wait may prolong it.
    while (token.failure !== null && this.#clock.nowMs() < token.notBeforeMs) {
      refuseBeforeTime(token, this.#clock.nowMs());
      await waitFor(this.#clock, token.notBeforeMs - this.#clock.nowMs(), this.#closed.signal);
    }
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
      Object.assign(token, {
        value,
        endsAtMs: nowMs + (seconds - margin) * 1000,
        failure: null,
        failures: 0,
        notBeforeMs: nowMs + backOffMs(token.refusals, RENEW_SECONDS),
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
    // RFC 6749, 2.3.1: both parts are form-encoded first.
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

function backOffMs(failuresInARow: number, baseSeconds: number): number {
  return backOffSeconds({ failuresInARow, baseSeconds, retryAfterSeconds: null }) * 1000;
}

function startsApartMs(starts: number): number {
  const { startsMax, secondsMax } = REPLACED;
  if (starts > startsMax) return backOffMs(starts - startsMax + 1, secondsMax);
  return Math.min(backOffMs(starts, RENEW_SECONDS), secondsMax * 1000);
}

/** @throws FetchFailure when a token may not be asked for yet, and no poll should wait until it may */
function refuseBeforeTime({ failure, failures, notBeforeMs }: Token, nowMs: number): void {
  const leftMs = notBeforeMs - nowMs;
  if (failure !== null && leftMs > (failures > 0 ? 0 : HELD_SECONDS_MAX * 1000)) throw failure;
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
    // The original message would quote the body.
    throw new FetchFailure('token_unavailable', { cause: (cause as Error).name });
  }
  const value = answer?.access_token;
  // A value that no header can carry is not a token.
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
