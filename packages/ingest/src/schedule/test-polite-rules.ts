import { registrableDomain } from './registrable-domain.ts';

/** One request as a server saw it; all times are milliseconds of one clock. */
export type SeenRequest = {
  /** As in the request, with the port. */
  host: string;
  /** The feed requested; null for the target of a redirect. */
  feed: string | null;
  kind: 'live' | 'static';
  atMs: number;
  endMs: number;
  /**
   * `reset`: a first one may be the end of a kept connection. That is not a failure of the feed, but the feed may not be polled
   * sooner.
   */
  answer: 'good' | 'bad' | 'reset';
  /** The ttl of a good answer as it is to be understood; null when it has no valid one. */
  ttlSeconds: number | null;
  retryAfterSeconds: number | null;
  /** From its system's settings. */
  intervalSeconds: number | null;
};

const FLOOR_SECONDS = 10;
const STATIC_SECONDS = 3600;
const DAY_SECONDS = 86_400;
const AT_ONCE_MAX = 2;
const SPACING_MS = 500;
/** First retry of feeds that are polled rarely, and the limit of the doubling without its spread. */
const STATIC_RETRY_SECONDS = 48;
const BACK_OFF_SECONDS = 2880;
/** Tolerance for floating point errors. */
const ERROR_MS = 0.01;

/** Every breach of the rules of DESIGN 4.3 in what servers saw, described for a person. */
export function findBreaches(requests: SeenRequest[]): string[] {
  const inOrder = requests.toSorted((a, b) => a.atMs - b.atMs);
  return [
    ...[...Map.groupBy(inOrder, ({ host }) => registrableDomain(host)).values()].flatMap(crowding),
    ...[...Map.groupBy(inOrder, ({ host }) => host).values()].flatMap(ignoredRetryAfter),
    ...[...Map.groupBy(inOrder, ({ feed }) => feed).values()].flatMap(tooSoon),
  ];
}

function crowding(ofDomain: SeenRequest[]): string[] {
  return ofDomain.flatMap((request, index) => {
    const before = ofDomain.slice(0, index);
    const open = before.filter(({ endMs }) => endMs > request.atMs + ERROR_MS).length + 1;
    const sinceMs = request.atMs - (before.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY);
    return [
      ...(open > AT_ONCE_MAX ? [`${open} requests at once: ${describe(request)}`] : []),
      ...(sinceMs < SPACING_MS - ERROR_MS ? [`${sinceMs} ms after the last: ${describe(request)}`] : []),
    ];
  });
}

function ignoredRetryAfter(ofHost: SeenRequest[]): string[] {
  let untilMs = 0;
  return ofHost.flatMap((request) => {
    const isIgnored = request.atMs < untilMs - ERROR_MS;
    // Retry-After comes with the head of the answer, which these servers send at once.
    if (request.retryAfterSeconds !== null) {
      untilMs = Math.max(untilMs, request.atMs + request.retryAfterSeconds * 1000);
    }
    return isIgnored ? [`before Retry-After was over: ${describe(request)}`] : [];
  });
}

function tooSoon(ofFeed: SeenRequest[]): string[] {
  if (ofFeed[0]?.feed === null) return [];
  const breaches: string[] = [];
  let ttlSeconds = 0;
  let failures = 0;
  let resets = 0;
  for (const [index, request] of ofFeed.entries()) {
    const before = ofFeed[index - 1];
    if (before !== undefined) {
      if (before.answer === 'good') {
        ttlSeconds = before.ttlSeconds ?? ttlSeconds;
        failures = resets = 0;
      } else if (before.answer === 'bad') failures++;
      else resets++;
      const least = leastSeconds(before, ttlSeconds, failures + Math.max(0, resets - 1));
      const seconds = (request.atMs - before.endMs) / 1000;
      if (seconds < least - ERROR_MS / 1000) {
        breaches.push(`${seconds} s after ${before.answer}, not ${least}: ${describe(request)}`);
      }
    }
  }
  return breaches;
}

/** The least time between the end of a request and the next request of the same feed. */
function leastSeconds(before: SeenRequest, ttlSeconds: number, failures: number): number {
  const asked = Math.max(FLOOR_SECONDS, Math.min(ttlSeconds, DAY_SECONDS));
  if (before.answer === 'good') {
    if (before.kind === 'static') return Math.max(asked, STATIC_SECONDS);
    return before.intervalSeconds ?? asked;
  }
  const own = before.kind === 'static' ? STATIC_RETRY_SECONDS : (before.intervalSeconds ?? 0);
  const base = Math.max(asked, own);
  return Math.max(base, Math.min(base * 2 ** Math.max(0, failures - 1), BACK_OFF_SECONDS));
}

function describe({ host, feed, atMs }: SeenRequest): string {
  return `${feed ?? 'a redirect'} at ${host}, ${Math.round(atMs) / 1000} s`;
}
