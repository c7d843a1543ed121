import { randomInt } from 'node:crypto';
import { Registry } from 'prom-client';
import { afterEach, expect, test, vi } from 'vitest';
import { random } from '../../../../test/history/random.ts';
import { FeedFetcher } from '../fetch/fetch-feed.ts';
import { createIngestMetrics } from '../metrics.ts';
import { system } from '../sources/system.ts';
import { silentLog } from '../test-log.ts';
import { Recorder } from './recorder.ts';
import { CountedLimits } from './test-counted-limits.ts';
import { type Behaviour, FAULTS, FaultyHost } from './test-faulty-host.ts';
import { findBreaches } from './test-polite-rules.ts';
import { SimulatedClock } from './test-simulated-clock.ts';

const HOUR_MS = 3_600_000;

afterEach(() => vi.restoreAllMocks());

type Character = {
  id: string;
  host?: string;
  ttl?: number | number[];
  status?: Behaviour[];
  discovery?: Behaviour[];
  information?: Behaviour[];
  interval_seconds?: number;
  url?: (port: number) => string;
};

/** Twenty systems of one publisher, and one of another who must not notice. Of several ways to answer each time one is drawn. */
const CHARACTERS: Character[] = [
  { id: 'ttl-0', ttl: 0 },
  { id: 'ttl-10', ttl: 10, status: ['unchanged'] },
  { id: 'ttl-300', ttl: 300, status: ['good', 'good', 'error'] },
  { id: 'ttl-bad', ttl: 60, status: ['good', 'ttl-negative', 'ttl-unreadable'] },
  { id: 'ttl-year', ttl: 2 ** 31 - 1 },
  { id: 'ttl-wanders', ttl: [0, 20, 90], status: ['ttl-changes', 'error', 'ttl-changes'] },
  { id: 'throttles', ttl: 10, status: [...Array(15).fill('good'), 'retry-after'] },
  {
    id: 'throttles-by-date',
    ttl: 20,
    host: 'api.bikes.example',
    status: [...Array(9).fill('good'), 'retry-after-date'],
  },
  { id: 'resets', ttl: 15, status: ['good', 'reset'] },
  // Mostly good, and html below, too: one that only fails is polled so rarely that an hour may miss one of its faults.
  { id: 'hangs', ttl: 10, status: [...Array(6).fill('good'), 'hang', 'stop-half-way', 'trickle'] },
  { id: 'slow', ttl: 60, status: ['slow', 'slow', 'error'], interval_seconds: 5 },
  { id: 'gone', status: ['not-found'], information: ['not-found'] },
  { id: 'loops', status: ['loop'], information: ['redirect-and-wait', 'loop'] },
  { id: 'moved', ttl: 10, status: ['moved'] },
  { id: 'html', status: [...Array(6).fill('good'), 'html', 'cut', 'no-list'] },
  { id: 'bombs', ttl: 0, status: ['bomb', 'good'] },
  { id: 'no-discovery', discovery: ['error', 'html', 'reset', 'no-list'] },
  { id: 'late-discovery', discovery: ['not-found', 'retry-after', 'good'], status: ['not-found'] },
  { id: 'dns', url: () => 'http://gbfs.bikes.invalid/dns/gbfs' },
  { id: 'tls', url: (port) => `https://gbfs.bikes.example:${port}/tls/gbfs` },
  { id: 'chaos', ttl: [0, 10, 30], status: ['good', ...FAULTS], information: ['good', ...FAULTS] },
  { id: 'calm', ttl: 10, host: 'gbfs.calm.example' },
];

/** Draws from a bag that is filled again when it is empty, so that nothing stays undrawn for long. */
function drawer(next: () => number): <T>(name: string, from: T | T[]) => T {
  const bags = new Map<string, unknown[]>();
  return <T>(name: string, from: T | T[]): T => {
    const bag = bags.get(name)?.length ? (bags.get(name) as T[]) : ([from].flat() as T[]);
    bags.set(name, bag);
    return bag.splice(Math.floor(next() * bag.length), 1)[0] as T;
  };
}

/** Names of .example are this machine, all others do not exist. */
async function resolve(hostname: string) {
  if (hostname.endsWith('.example')) return [{ address: '127.0.0.1', family: 4 }];
  throw Object.assign(new Error(`no ${hostname}`), { code: 'ENOTFOUND' });
}

/** What the servers saw of an hour, and what was published. */
async function recordAnHour(seed: number) {
  const next = random(seed);
  const draw = drawer(next);
  // The jitter of the schedule; what is left to chance is the order in which the network brings what was sent at once.
  vi.spyOn(Math, 'random').mockImplementation(random(seed + 1));
  const clock = new SimulatedClock(Date.UTC(2026, 10, 26, 10) + Math.floor(next() * 1000));
  const intervals = new Map(
    CHARACTERS.flatMap(({ id, interval_seconds }) => (interval_seconds ? [[id, interval_seconds]] : [])),
  );
  const choose = (id: string, feed: string) => {
    const character = CHARACTERS.find((one) => one.id === id);
    const { ttl = 10, status = ['good'], discovery = ['good'], information = ['good'] } = character ?? {};
    const behaviours = feed === 'gbfs' ? discovery : feed === 'station_status' ? status : information;
    return { behaviour: draw(`${id}/${feed}`, behaviours), ttl: draw(`${id}/${feed} ttl`, ttl) };
  };
  await using host = new FaultyHost(clock, choose, { intervals, random: next });
  const port = await host.listen();
  const fetcher = new FeedFetcher(
    {
      userAgent: 'velolog/test',
      allowPrivateAddresses: true,
      bodyBytesMax: 1024 * 1024,
      connectTimeoutMs: 60_000,
      headersTimeoutMs: 20_000,
      bodyTimeoutMs: 30_000,
    },
    { clock, resolve },
  );
  const published: { system: string; feed: string; error: string | null }[] = [];
  const limits = new CountedLimits({ requestsAtOnceMax: 2, requestsPerSecondMax: 2 }, clock);
  const recorder = new Recorder(
    {
      fetcher,
      limits,
      publisher: {
        publish: ({ system_id, feed, error }) => void published.push({ system: system_id, feed, error }),
      },
      metrics: createIngestMetrics(new Registry()),
      log: silentLog,
    },
    { floorSeconds: 10, staticSeconds: 3600 },
    clock,
  );
  recorder.addSystems(
    CHARACTERS.map(({ id, host: name = 'gbfs.bikes.example', interval_seconds, url }) =>
      system.parse({
        id,
        interval_seconds,
        discovery_url: url?.(port) ?? `http://${name}:${port}/${id}/gbfs`,
      }),
    ),
  );
  const stop = new AbortController();
  const polling = recorder.pollForever(stop.signal);
  await clock.runUntil(HOUR_MS, () => limits.inFlight === host.waiting && host.open === host.waiting);
  stop.abort();
  await polling;
  await fetcher.close();
  return { seen: host.seen, published };
}

const seed = process.env.SEED ? Number(process.env.SEED) : randomInt(2 ** 31);

test(`an hour of a host with twenty systems and every fault breaks no rule (SEED=${seed})`, async () => {
  const { seen, published } = await recordAnHour(seed);
  const counts = Object.fromEntries(
    [...Map.groupBy(seen, ({ behaviour }) => behaviour)].map(([name, { length }]) => [name, length]),
  );
  console.log(`seed ${seed}: ${seen.length} requests in an hour: ${JSON.stringify(counts)}`);
  expect(findBreaches(seen)).toEqual([]);
  expect(FAULTS.filter((fault) => counts[fault] === undefined)).toEqual([]);
  const errors = new Set(published.map(({ error }) => error));
  for (const error of [
    'retry_after',
    'dns',
    'tls',
    'connection_reset',
    'too_many_redirects',
    'body_too_large',
    'http_404',
    'timeout_headers',
    'timeout_body',
  ]) {
    expect(errors.has(error), error).toBe(true);
  }
  // Asking nothing would be polite, too: a server that does everything right is asked when due, beside all of that.
  const calm = seen.filter(({ feed }) => feed === 'calm/station_status').map(({ atMs }) => atMs / 1000);
  const gaps = calm.slice(1).map((at, index) => at - (calm[index] as number));
  expect(calm.length).toBeGreaterThan(340);
  expect(Math.max(...gaps)).toBeLessThan(11.1);
});
