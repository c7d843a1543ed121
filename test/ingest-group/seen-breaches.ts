import type { Seen } from './polite-publishers.ts';

export type PoliteRules = {
  atOnceMax: number;
  requestsPerSecond: number;
  ttlSeconds: number;
  /** Between two polls of discovery and the feeds that hardly change. */
  staticSeconds: number;
};

/** The number of consecutive requests that are checked: single ones come earlier or later on a busy machine. */
const IN_A_ROW = 8;
const JITTER_MS = 400;

/** Every breach of what publishers may expect, described for a person. */
export function findBreaches(seen: Seen[], rules: PoliteRules): string[] {
  const inOrder = seen.toSorted((a, b) => a.atMs - b.atMs);
  return [
    ...[...Map.groupBy(inOrder, ({ domain }) => domain).values()].flatMap((of) => [
      ...crowded(of, rules),
      ...unheard(of),
    ]),
    ...[...Map.groupBy(inOrder, ({ feed }) => feed).values()].flatMap((of) => tooSoon(of, rules)),
  ];
}

function crowded(ofDomain: Seen[], { atOnceMax, requestsPerSecond }: PoliteRules): string[] {
  return ofDomain.flatMap((request, index) => {
    const open = ofDomain.slice(0, index).filter(({ endMs }) => endMs > request.atMs).length + 1;
    const before = ofDomain[index - IN_A_ROW];
    const leastMs = (IN_A_ROW * 1000) / requestsPerSecond - JITTER_MS;
    const tookMs = before === undefined ? Number.POSITIVE_INFINITY : request.atMs - before.atMs;
    return [
      ...(open > atOnceMax ? [`${open} at once: ${describe(request)}`] : []),
      ...(tookMs < leastMs ? [`${IN_A_ROW} in ${Math.round(tookMs)} ms: ${describe(request)}`] : []),
    ];
  });
}

/** A request that was under way when the host asked for a pause could not know of it. */
function unheard(ofDomain: Seen[]): string[] {
  return ofDomain.flatMap(({ retryAfterSeconds, endMs }) =>
    ofDomain
      .filter(
        ({ atMs }) =>
          retryAfterSeconds !== null && atMs > endMs + JITTER_MS && atMs < endMs + retryAfterSeconds * 1000,
      )
      .map((request) => `before Retry-After was over: ${describe(request)}`),
  );
}

function tooSoon(ofFeed: Seen[], { ttlSeconds, staticSeconds }: PoliteRules): string[] {
  return ofFeed.slice(1).flatMap((request, index) => {
    const before = ofFeed[index] as Seen;
    const isStatic = !before.feed.endsWith('/station_status') && before.status < 400 && before.bikes !== null;
    const leastSeconds = isStatic ? staticSeconds : ttlSeconds;
    const seconds = (request.atMs - before.endMs) / 1000;
    return seconds < leastSeconds
      ? [`${seconds.toFixed(3)} s after the last, not ${leastSeconds}: ${describe(request)}`]
      : [];
  });
}

function describe({ feed, atMs }: Seen): string {
  return `${feed} at ${Math.round(atMs)} ms`;
}

/** The longest time without a request for a system's station_status, within a span. */
export function longestSilence(seen: Seen[], system: string, [fromMs, toMs]: [number, number]): number {
  const times = seen
    .filter((one) => one.feed === `${system}/station_status` && one.atMs >= fromMs && one.atMs <= toMs)
    .map(({ atMs }) => atMs);
  const all = [fromMs, ...times, toMs];
  return Math.max(...all.slice(1).map((at, index) => at - (all[index] as number))) / 1000;
}
