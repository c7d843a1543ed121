import { setTimeout as wait } from 'node:timers/promises';
import type { IngestWorkers } from './ingest-workers.ts';
import type { PolitePublishers, Seen } from './polite-publishers.ts';
import type { PoliteRules } from './seen-breaches.ts';

export type CrashLoop = {
  starts: number;
  seconds: number;
  /** For each publisher: its requests, and the most that one ingest without crashes would have made in that time. */
  hosts: { host: string; requests: number; usual: number }[];
  /** The requests. A worker that was killed before the answer never received a Retry-After. */
  seen: Seen[];
};

/** Loading its program takes a worker half a second of CPU; with this, twenty lives fit into a minute. */
const LIFE_MS = 2400;
/** The longest wait for the requests of the last life: the first may have to wait for a request of the life before. */
const PATIENCE_MS = 30_000;
/** With fewer requests in all lives the loop would show nothing. */
export const ASKED_MIN = 6;

/** Starts ingest, lets it make a few requests, and kills it, again and again. */
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
    // On a busy machine the lives before may have been too short for any request; the last one then makes up for them.
    const enough = start === starts ? Math.max(3, ASKED_MIN - (before - from)) : 3;
    // Kills it in the middle of its work, while its third request of this life is under way.
    while (asked() < enough && performance.now() < untilMs) await wait(10);
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
