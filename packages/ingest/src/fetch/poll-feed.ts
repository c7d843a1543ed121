import type { DiscoveredFeed } from '@velolog/gbfs/discovery';
import { FEEDS, feedNamed } from '@velolog/gbfs/feeds';
import { type PollRecord, pollId } from '@velolog/stream/poll-record';
import type { Clock } from '../clock.ts';
import type { IngestMetrics } from '../metrics.ts';
import { forgetful, type Politeness } from '../politeness/politeness.ts';
import type { Publisher } from '../publish/publish.ts';
import type { BodyFate } from '../publish/publish-buffer.ts';
import type { HostLimits } from '../schedule/host-limits.ts';
import { readDiscovery } from '../sources/discover.ts';
import { isTerminated } from '../sources/termination.ts';
import type { AccessTokens } from './access-tokens.ts';
import { type BodyFacts, readBodyFacts } from './body-facts.ts';
import type { FetchFailureCode } from './codes.ts';
import { DISCOVERY, type Feed, type RecordedSystem, type SystemSettings } from './feed.ts';
import { FetchFailure } from './fetch-failure.ts';
import type { FeedAnswer, FeedFetcher, FeedRequest, RunOnHost } from './fetch-feed.ts';
import { compareAge } from './newest-body.ts';
import { redactUrl, type Secrets, secretValues } from './redact-url.ts';

export type PollDependencies = {
  fetcher: FeedFetcher;
  tokens: AccessTokens;
  limits: HostLimits;
  publisher: Pick<Publisher, 'publish'>;
  metrics: IngestMetrics;
  clock: Clock;
  politeness?: Politeness;
};

export type FinishedPoll = {
  answer: FeedAnswer;
  /** The code of the failure; null when the publisher answered correctly: with the feed (checkFeed) or 304. */
  problem: string | null;
  /** The feeds of a fetched discovery document that lists any, else null. */
  discovered: DiscoveredFeed[] | null;
};

/**
 * A whole body is requested at least once an hour, including the time to the next poll: the store may have refused the
 * body that 304s confirm, or Kafka may have lost it, and neither tells ingest.
 */
const KNOWN_BODY_MS_MAX = 55 * 60 * 1000;
const NO_BODY = Buffer.alloc(0);

export type PollOptions = {
  onRequest?: (() => void) | undefined;
  /** How soon the request may be repeated within this poll if its kept connection was closed; null when it may not. */
  repeatAfterSeconds?: number | null;
  /** How soon the feed may be polled again if nobody learns how this poll ended. */
  retrySeconds?: number;
};

/**
 * Polls a feed once: requests it, publishes the result, and remembers what the next poll needs. Rejects only when stopped.
 */
export async function pollFeed(
  feed: Feed,
  dependencies: PollDependencies,
  signal: AbortSignal,
  { onRequest = () => {}, repeatAfterSeconds = null, retrySeconds = 0 }: PollOptions = {},
): Promise<FinishedPoll> {
  const { limits, publisher, metrics, clock, politeness = forgetful } = dependencies;
  const known = knownBody(feed, clock.nowMs());
  const { url } = feed;
  const { settings, trustedOrigins } = feed.system;
  const runOnHost: RunOnHost = (host, request) => {
    const begin = (): ReturnType<typeof request> => {
      politeness.check(feed);
      // The system may have ended while the request waited for its turn.
      signal.throwIfAborted();
      onRequest();
      feed.askedAtMs = clock.nowMs();
      return request();
    };
    const prepare = (): Promise<void> => {
      feed.underWay = true;
      feed.dueAtMs = clock.nowMs() + retrySeconds * 1000;
      return politeness.claim(feed, signal);
    };
    return limits.run(host, begin, { signal, doubtful: feed.timedOut, prepare });
  };
  const { answer, tokens } = await askAuthorized(
    feed,
    {
      url,
      validators: known?.validators ?? null,
      headers: settings.headers,
      trustedOrigins,
      repeatAfterSeconds,
      onRetryAfter: (host, seconds) => {
        limits.askToWait(host, seconds);
        politeness.noteWait(feed.system, host, seconds);
      },
    },
    { dependencies, runOnHost, signal },
  );
  const fetchedAtMs = clock.epochMs();
  const facts = answer.outcome === 'fetched' ? readFacts(feed, answer) : null;
  const fate = answer.outcome === 'fetched' ? { dropped: false } : (known?.fate ?? null);
  publisher.publish(
    recordOf(feed, answer, { fetchedAtMs, known, tokens }),
    answer.outcome === 'failed' ? null : fate,
  );
  const problem = answer.outcome === 'failed' ? answer.error : (facts?.problem ?? refusal(feed, answer));
  const succeeded = problem === null;
  // Discovery may have moved the feed during the poll. The answer then says nothing about the new URL.
  if (feed.url === url) remember(feed, { answer, facts, fate, fetchedAtMs, succeeded }, clock.nowMs());
  observe(feed, metrics, { answer, facts, fetchedAtMs, succeeded });
  return { answer, problem, discovered: facts?.isFeed ? facts.feeds : null };
}

/**
 * Asks with the system's access token, if it needs one. If the token is refused, fetches a new one once and asks the feed again, in its
 * turn.
 */
async function askAuthorized(
  feed: Feed,
  request: FeedRequest,
  {
    dependencies: { fetcher, tokens, politeness = forgetful },
    runOnHost,
    signal,
  }: { dependencies: PollDependencies; runOnHost: RunOnHost; signal: AbortSignal },
): Promise<{ answer: FeedAnswer; tokens: string[] }> {
  const { authentication } = feed.system.settings;
  if (authentication === undefined)
    return { answer: await fetcher.fetch(request, runOnHost, signal), tokens: [] };
  const used: string[] = [];
  const keeper = politeness.tokenKeeper(feed.system);
  const ask = async (): Promise<FeedAnswer> => {
    const token = await tokens.get(authentication, signal, keeper);
    used.push(token);
    noteToken(feed.system, token);
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    return await fetcher.fetch({ ...request, headers }, runOnHost, signal);
  };
  const isRefused = (answer: FeedAnswer) => answer.outcome === 'failed' && answer.http_status === 401;
  try {
    let answer = await ask();
    if (isRefused(answer) && tokens.refuse(authentication, used[0] ?? '')) answer = await ask();
    if (!isRefused(answer)) tokens.accept(authentication, used.at(-1) ?? '');
    return { answer, tokens: used };
  } catch (cause) {
    if (!(cause instanceof FetchFailure)) throw cause;
    const failed = { outcome: 'failed', error: cause.reason, retryAfterSeconds: null, cause } as const;
    return { answer: { url: request.url, duration_ms: 0, http_status: null, ...failed }, tokens: used };
  }
}

const TOKENS_KEPT = 4;

function noteToken({ tokens }: RecordedSystem, token: string): void {
  tokens.delete(token);
  tokens.add(token);
  const [oldest] = tokens;
  if (oldest !== undefined && tokens.size > TOKENS_KEPT) tokens.delete(oldest);
}

function knownBody(feed: Feed, nowMs: number): Feed['knownBody'] {
  const known = feed.knownBody;
  if (known?.fate.dropped || (known && nowMs - known.fetchedAtMs >= KNOWN_BODY_MS_MAX)) {
    feed.knownBody = null;
  }
  return feed.knownBody;
}

/**
 * The store counts a body that Kafka refuses for its size as a failure. Ingest learns it after the poll, so it counts the next one, if that is
 * about as large. It is sent all the same: Kafka may take it now.
 */
function refusal({ sentBody }: Feed, answer: FeedAnswer): FetchFailureCode | null {
  if (answer.outcome !== 'fetched' || !sentBody?.fate.tooLarge) return null;
  return answer.body.length >= 0.9 * sentBody.bytes ? 'body_too_large' : null;
}

function readFacts(feed: Feed, { url, body, content_type }: FeedAnswer & { outcome: 'fetched' }): Facts {
  if (feed.name !== DISCOVERY) return { ...readBodyFacts(body, feed.name, content_type), feeds: null };
  const { languages } = feed.system.settings;
  return readDiscovery(body, { answeredBy: url, languages, contentType: content_type });
}

function recordOf(
  feed: Feed,
  answer: FeedAnswer,
  { fetchedAtMs, known, tokens }: { fetchedAtMs: number; known: Feed['knownBody']; tokens: string[] },
): PollRecord {
  const { country } = feed.system.settings;
  return {
    system_id: feed.system.settings.id,
    feed: feed.name,
    // The end of the poll: the body was true until then, however slow the publisher was.
    fetched_at: new Date(fetchedAtMs),
    source: redactUrl(answer.url, secretsOf(feed.system.settings, tokens), [feed.url]),
    outcome: answer.outcome,
    http_status: answer.http_status,
    etag:
      answer.outcome === 'fetched'
        ? answer.validators.etag
        : answer.outcome === 'unchanged'
          ? answer.etag
          : null,
    duration_ms: answer.duration_ms,
    error: answer.outcome === 'failed' ? answer.error : null,
    content_type: answer.outcome === 'fetched' ? answer.content_type : null,
    imported: false,
    body_id: answer.outcome === 'unchanged' ? (known?.id ?? null) : null,
    ...(feed.name === DISCOVERY && country !== undefined && { country }),
    body: answer.outcome === 'fetched' ? answer.body : NO_BODY,
  };
}

function secretsOf(
  { secret_parameters = [], headers, secretValues: own = [] }: SystemSettings,
  tokens: string[],
): Secrets {
  return { parameters: secret_parameters, values: [...own, ...tokens, ...secretValues(headers)] };
}

type Facts = BodyFacts & { feeds: DiscoveredFeed[] | null };
type Outcome = { answer: FeedAnswer; facts: BodyFacts | null; fetchedAtMs: number; succeeded: boolean };

function remember(
  feed: Feed,
  { answer, facts, fate, fetchedAtMs, succeeded }: Outcome & { fate: BodyFate | null },
  nowMs: number,
): void {
  feed.failuresInARow = succeeded ? 0 : feed.failuresInARow + 1;
  feed.failingSinceMs = succeeded ? null : (feed.failingSinceMs ?? nowMs);
  if (answer.outcome === 'fetched' && succeeded && feedNamed(feed.name) === FEEDS.system_information)
    feed.system.isTerminated = isTerminated(answer.body, answer.content_type, fetchedAtMs);
  feed.timedOut = answer.outcome === 'failed' && answer.error.startsWith('timeout_');
  if (answer.outcome !== 'fetched' || facts === null) return;
  feed.sentBody = fate && { fate, bytes: answer.body.length };
  const { validators } = answer;
  const canBeAskedFor = validators.etag !== null || validators.last_modified !== null;
  const { newest, isOlder } = compareAge(feed.newestBody, facts.last_updated, nowMs);
  feed.newestBody = newest;
  const id = pollId({
    system_id: feed.system.settings.id,
    feed: feed.name,
    fetched_at: new Date(fetchedAtMs),
  });
  feed.knownBody =
    facts.isFeed && !isOlder && canBeAskedFor && fate !== null
      ? { validators, fate, id, fetchedAtMs: nowMs }
      : null;
  if (succeeded && !facts.ttlIsUnreadable) feed.ttlSeconds = facts.ttl;
}

function observe(
  feed: Feed,
  metrics: IngestMetrics,
  { answer, facts, fetchedAtMs, succeeded }: Outcome,
): void {
  const seen = metrics.feeds.of(feed.system.settings.id, feed.name);
  seen[answer.outcome] += 1;
  metrics.poll_duration_seconds.observe(
    { feed: feed.name, outcome: answer.outcome },
    answer.duration_ms / 1000,
  );
  seen.failuresInARow = feed.failuresInARow;
  if (succeeded) seen.lastSuccessSeconds = fetchedAtMs / 1000;
  if (facts === null || !succeeded) return;
  seen.lastUpdatedSeconds = facts.last_updated;
  seen.ttlSeconds = facts.ttl;
}
