import { setTimeout as wait } from 'node:timers/promises';
import type { IngestWorkers } from './ingest-workers.ts';
import type { PolitePublishers, Seen } from './polite-publishers.ts';
import type { PoliteRules } from './seen-breaches.ts';

export type CrashLoop = {
  starts: number;
  seconds: number;
  /** Of each publisher, beside what one ingest that never ended would have asked at most in that time. */
  hosts: { host: string; requests: number; usual: number }[];
  /** What was asked; who was killed before the answer has not heard of a Retry-After. */
  seen: Seen[];
};

/** Loading its program takes a worker half a second of CPU; with this, twenty lives go into a minute. */
const LIFE_MS = 2400;
/** So long at most after its last start it is waited for a first request: it may have to wait for one of the life before. */
const PATIENCE_MS = 12_000;

/** Starts ingest, lets it ask a little, and kills it, again and again. */
export async function crashAgain(
  workers: IngestWorkers,
  publishers: PolitePublishers,
  { starts, env, rules }: { starts: number; env: Record<string, string>; rules: PoliteRules },
): Promise<CrashLoop> {
  const from = publishers.seen.length;
  const startMs = performance.now();
  const killsMs: number[] = [];
  for (let start = 1; start <= starts; start++) {
    const before = publishers.seen.length;
    const asked = () => publishers.seen.length - before;
    const worker = workers.start(env);
    await worker.url;
    const lifeMs = start === starts ? PATIENCE_MS : LIFE_MS;
    const untilMs = performance.now() + lifeMs;
    // In the middle of what it does: while its third request of this life is under way.
    while (asked() < 3 && performance.now() < untilMs) await wait(10);
    killsMs.push(performance.now());
    await workers.end(worker, 'SIGKILL');
  }
  const seconds = (performance.now() - startMs) / 1000;
  const seen = publishers.seen
    .slice(from)
    .map((one) =>
      killsMs.some((killMs) => one.atMs <= killMs && killMs <= one.endMs)
        ? { ...one, retryAfterSeconds: null }
        : one,
    );
  return { starts, seconds, hosts: hostsOf(seen, seconds, rules), seen };
}

function hostsOf(
  seen: Seen[],
  seconds: number,
  { ttlSeconds, staticSeconds }: PoliteRules,
): CrashLoop['hosts'] {
  const hosts = Map.groupBy(seen, ({ domain }) => domain);
  return [...hosts].map(([host, requests]) => {
    const usualOf = (feed: string) =>
      1 + Math.floor(seconds / (feed.endsWith('/station_status') ? ttlSeconds : staticSeconds));
    const feeds = [...new Set(requests.map(({ feed }) => feed))];
    const usual = feeds.reduce((sum, feed) => sum + usualOf(feed), 0);
    return { host, requests: requests.length, usual };
  });
}
