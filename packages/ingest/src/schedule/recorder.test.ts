import { type PollRecord, pollId } from '@velolog/stream/poll-record';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSystem, type Feed } from '../fetch/feed.ts';
import { FeedFetcher } from '../fetch/fetch-feed.ts';
import {
  discoveryOf,
  type FeedServer,
  json,
  jsonWithEtag,
  startFeedServer,
  statusOf,
} from '../fetch/test-feed-server.ts';
import type { Log } from '../log.ts';
import { createIngestMetrics } from '../metrics.ts';
import type { BodyFate } from '../publish/publish-buffer.ts';
import { system } from '../sources/system.ts';
import { silentLog } from '../test-log.ts';
import { HostLimits } from './host-limits.ts';
import { Recorder } from './recorder.ts';

const never = new AbortController().signal;
const FEEDS = ['station_status', 'station_information', 'system_information'];

let server: FeedServer;
let fetcher: FeedFetcher;
let published: { poll: PollRecord; fate: BodyFate | null }[];
let registry: Registry;

beforeEach(async () => {
  server = await startFeedServer();
  fetcher = new FeedFetcher({
    userAgent: 'velolog/test',
    allowPrivateAddresses: true,
    bodyBytesMax: 32 * 1024 * 1024,
    // Never reached here: a test that would have to wait for one fails.
    connectTimeoutMs: 600_000,
    headersTimeoutMs: 600_000,
    bodyTimeoutMs: 600_000,
  });
  published = [];
  registry = new Registry();
});
afterEach(async () => {
  await fetcher.close();
  await server[Symbol.asyncDispose]();
});

function createRecorder(onPublish: (poll: PollRecord) => void = () => {}, log: Log = silentLog): Recorder {
  const publish = (poll: PollRecord, fate: BodyFate | null): void => {
    published.push({ poll, fate });
    onPublish(poll);
  };
  return new Recorder(
    {
      fetcher,
      limits: new HostLimits({ requestsAtOnceMax: 2, requestsPerSecondMax: 10_000 }),
      publisher: { publish },
      metrics: createIngestMetrics(registry),
      log,
    },
    { floorSeconds: 10, staticSeconds: 3600 },
  );
}

function settingsOf(id: string, more: object = {}) {
  return system.parse({ id, discovery_url: `${server.url}/gbfs.json`, ...more });
}

/** The discovery of a system that has been polled once, and its feeds. */
async function discovered(recorder: Recorder, more: object = {}) {
  const recorded = createSystem(settingsOf('city', more));
  await recorder.pollOnce(recorded.discovery, never);
  const feed = (name: string): Feed => recorded.feeds.get(name) as Feed;
  return { recorded, feed };
}

const last = (): PollRecord => published.at(-1)?.poll as PollRecord;

describe('one poll', () => {
  beforeEach(() => {
    server.answers['/gbfs.json'] = json(discoveryOf(server.url, [...FEEDS, 'trips']));
    server.answers['/station_status'] = jsonWithEtag(statusOf([1, 2], 15), '"a"');
  });

  test('of discovery is recorded and shows the feeds to poll', async () => {
    const recorder = createRecorder();
    const { recorded } = await discovered(recorder);
    expect([...recorded.feeds.keys()]).toEqual(FEEDS);
    expect(last()).toMatchObject({ system_id: 'city', feed: 'gbfs', outcome: 'fetched', http_status: 200 });
  });

  test('of a system whose discovery answers 410 comes once a day, whatever its feeds say, until discovery is back', async () => {
    const recorder = createRecorder();
    const { recorded, feed } = await discovered(recorder);
    server.answers['/gbfs.json'] = (_, response) => response.writeHead(410).end();
    expect(await recorder.pollOnce(recorded.discovery, never)).toBeGreaterThanOrEqual(86_400);
    expect(await recorder.pollOnce(feed('station_status'), never)).toBeGreaterThanOrEqual(86_400);
    // That it is away for a while does not undo it.
    server.answers['/gbfs.json'] = (_, response) => response.writeHead(503).end();
    expect(await recorder.pollOnce(recorded.discovery, never)).toBeGreaterThanOrEqual(86_400);
    server.answers['/gbfs.json'] = json(discoveryOf(server.url, FEEDS));
    expect(await recorder.pollOnce(recorded.discovery, never)).toBeLessThan(4000);
    expect(await recorder.pollOnce(feed('station_status'), never)).toBeLessThan(20);
  });

  test('of a feed that answers 410 comes once a day, and of the others as before', async () => {
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    server.answers['/station_information'] = (_, response) => response.writeHead(410).end();
    expect(await recorder.pollOnce(feed('station_information'), never)).toBeGreaterThanOrEqual(86_400);
    expect(await recorder.pollOnce(feed('station_status'), never)).toBeLessThan(20);
  });

  test('of discovery that lists vehicles under two names shows the newer one', async () => {
    const recorder = createRecorder();
    server.answers['/gbfs.json'] = json(
      discoveryOf(server.url, ['free_bike_status', 'vehicle_status', 'system_alerts']),
    );
    const { recorded } = await discovered(recorder);
    expect([...recorded.feeds.keys()]).toEqual(['vehicle_status', 'system_alerts']);
  });

  test('of discovery says the country of its system, and no other poll does', async () => {
    const recorder = createRecorder();
    const { feed } = await discovered(recorder, { country: 'no' });
    expect(last()).toMatchObject({ feed: 'gbfs', country: 'NO' });
    await recorder.pollOnce(feed('station_status'), never);
    expect(last()).not.toHaveProperty('country');
  });

  test('of a feed is published as it came, and planned by its ttl', async () => {
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    const seconds = await recorder.pollOnce(feed('station_status'), never);
    expect(seconds).toBeGreaterThanOrEqual(15);
    expect(seconds).toBeLessThanOrEqual(15 * 1.05);
    expect(last()).toMatchObject({
      feed: 'station_status',
      source: `${server.url}/station_status`,
      outcome: 'fetched',
      etag: '"a"',
      content_type: 'application/json',
      error: null,
      imported: false,
      body_id: null,
    });
    expect(JSON.parse(last().body.toString())).toEqual(statusOf([1, 2], 15));
  });

  test('that finds nothing new is published without a body, and shares the fate of the body it means', async () => {
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    await recorder.pollOnce(feed('station_status'), never);
    await recorder.pollOnce(feed('station_status'), never);
    expect(last()).toMatchObject({
      outcome: 'unchanged',
      http_status: 304,
      etag: '"a"',
      body: Buffer.alloc(0),
    });
    expect(published.at(-1)?.fate).toBe(published.at(-2)?.fate);
  });

  test('that finds nothing new names the body it means, also after failures', async () => {
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    await recorder.pollOnce(feed('station_status'), never);
    const body_id = pollId(last());
    await recorder.pollOnce(feed('station_status'), never);
    expect(last()).toMatchObject({ outcome: 'unchanged', body_id });
    const good = server.answers['/station_status'];
    server.answers['/station_status'] = (_request, response) => response.writeHead(500).end();
    await recorder.pollOnce(feed('station_status'), never);
    expect(last()).toMatchObject({ outcome: 'failed', body_id: null });
    server.answers['/station_status'] = good as NonNullable<typeof good>;
    await recorder.pollOnce(feed('station_status'), never);
    expect(last()).toMatchObject({ outcome: 'unchanged', body_id });
  });

  test('asks for the whole body before an hour is over, whatever the wall clock does', async () => {
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    const status = feed('station_status');
    await recorder.pollOnce(status, never);
    const known = status.knownBody as NonNullable<Feed['knownBody']>;
    known.fetchedAtMs -= 50 * 60_000;
    await recorder.pollOnce(status, never);
    expect(last()).toMatchObject({ outcome: 'unchanged' });
    known.fetchedAtMs -= 6 * 60_000;
    await recorder.pollOnce(status, never);
    expect(last()).toMatchObject({ outcome: 'fetched' });
    await recorder.pollOnce(status, never);
    expect(last()).toMatchObject({ outcome: 'unchanged' });
  });

  test('that brought a body older than the one before keeps no ETag, so that no 304 can mean it', async () => {
    const answer = (last_updated: number, etag: string) =>
      jsonWithEtag(Object.assign({}, statusOf([1, 2], 15), { last_updated }), etag);
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    const status = feed('station_status');
    server.answers['/station_status'] = answer(1_781_524_800, '"new"');
    await recorder.pollOnce(status, never);
    server.answers['/station_status'] = answer(1_781_524_700, '"old"');
    for (let poll = 0; poll < 2; poll++) {
      await recorder.pollOnce(status, never);
      expect(last()).toMatchObject({ outcome: 'fetched', etag: '"old"' });
    }
    // The publisher has corrected its clock: nothing else came for an hour.
    const { newestBody } = status;
    if (newestBody?.olderSinceMs) newestBody.olderSinceMs -= 3_600_001;
    await recorder.pollOnce(status, never);
    await recorder.pollOnce(status, never);
    expect(last()).toMatchObject({ outcome: 'unchanged', etag: '"old"' });
  });

  test('after a body was lost on its way to Kafka asks for the whole body again', async () => {
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    await recorder.pollOnce(feed('station_status'), never);
    (published.at(-1)?.fate as BodyFate).dropped = true;
    await recorder.pollOnce(feed('station_status'), never);
    expect(last()).toMatchObject({ outcome: 'fetched' });
    expect(published.at(-1)?.fate).toEqual({ dropped: false });
  });

  test.each([
    ['HTML', '<!doctype html>'],
    ['a cut body', '{"data":{"stations":[{'],
    ['an error document', '{"error":"maintenance"}'],
    ['an empty list', '{"data":{"stations":[]}}'],
    ['nothing', ''],
  ])('that brought %s keeps no ETag, so that no 304 can mean it', async (_, body) => {
    server.answers['/station_status'] = (request, response) =>
      response.writeHead(request.headers['if-none-match'] ? 304 : 200, { etag: '"bad"' }).end(body);
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    await recorder.pollOnce(feed('station_status'), never);
    expect(last()).toMatchObject({ outcome: 'fetched', body: Buffer.from(body) });
    await recorder.pollOnce(feed('station_status'), never);
    expect(last()).toMatchObject({ outcome: 'fetched' });
  });

  test('that failed keeps the ETag of the last good body', async () => {
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    const good = server.answers['/station_status'];
    await recorder.pollOnce(feed('station_status'), never);
    server.answers['/station_status'] = (_request, response) => response.writeHead(500).end();
    await recorder.pollOnce(feed('station_status'), never);
    expect(last()).toMatchObject({ outcome: 'failed', error: 'http_500', http_status: 500 });
    server.answers['/station_status'] = good as NonNullable<typeof good>;
    await recorder.pollOnce(feed('station_status'), never);
    expect(last()).toMatchObject({ outcome: 'unchanged' });
  });

  test('that fails backs off, and Retry-After binds the other feeds of its host as well', async () => {
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    server.answers['/station_status'] = (_request, response) => response.writeHead(500).end();
    const waits = [];
    for (let i = 0; i < 4; i++) waits.push(await recorder.pollOnce(feed('station_status'), never));
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(10 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(12.5 * 2 ** index);
    }
    server.answers['/station_status'] = (_request, response) =>
      response.writeHead(429, { 'retry-after': '600' }).end();
    expect(await recorder.pollOnce(feed('station_status'), never)).toBeGreaterThanOrEqual(600);
    const asked = server.requests.length;
    expect(await recorder.pollOnce(feed('station_information'), never)).toBeGreaterThan(590);
    expect(last()).toMatchObject({ outcome: 'failed', error: 'retry_after', http_status: null });
    expect(server.requests).toHaveLength(asked);
  });

  test.each([
    ['its ttl', 300, undefined, 300],
    ['the floor', 2, undefined, 10],
    ['what its settings ask for', 15, 120, 120],
    ['its ttl, though its settings allow more when it answers', 300, 5, 300],
  ])('that fails once is repeated no sooner than %s', async (_, ttl, interval_seconds, least) => {
    server.answers['/station_status'] = json(statusOf([1], ttl));
    const recorder = createRecorder();
    const { feed } = await discovered(recorder, { interval_seconds });
    await recorder.pollOnce(feed('station_status'), never);
    server.answers['/station_status'] = (_request, response) => response.writeHead(500).end();
    const wait = await recorder.pollOnce(feed('station_status'), never);
    expect(wait).toBeGreaterThanOrEqual(least);
    expect(wait).toBeLessThanOrEqual(least * 1.25);
  });

  test.each([-1, 'soon', [], true])('whose ttl is %j goes on with the ttl it had', async (ttl) => {
    server.answers['/station_status'] = json(statusOf([1], 300));
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    await recorder.pollOnce(feed('station_status'), never);
    server.answers['/station_status'] = json({ ...(statusOf([1]) as object), ttl });
    expect(await recorder.pollOnce(feed('station_status'), never)).toBeGreaterThanOrEqual(300);
  });

  test('whose ttl is beyond a year is made once a day', async () => {
    server.answers['/station_status'] = json(statusOf([1], 2 ** 31 - 1));
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    const wait = await recorder.pollOnce(feed('station_status'), never);
    expect(wait).toBeGreaterThanOrEqual(86_400);
    expect(wait).toBeLessThanOrEqual(86_400 * 1.05);
  });

  test('that succeeds ends the back-off', async () => {
    const recorder = createRecorder();
    const { feed } = await discovered(recorder);
    const good = server.answers['/station_status'];
    server.answers['/station_status'] = (_request, response) => response.writeHead(500).end();
    for (let i = 0; i < 4; i++) await recorder.pollOnce(feed('station_status'), never);
    server.answers['/station_status'] = good as NonNullable<typeof good>;
    expect(await recorder.pollOnce(feed('station_status'), never)).toBeLessThan(16);
  });
});

test('keys in URLs are in no record, no metric and no log, also where a redirect repeats them', async () => {
  const seen: string[] = [];
  const tell = (...args: unknown[]): void => void seen.push(JSON.stringify(args));
  const log = { debug: tell, info: tell, warn: tell, error: tell };
  const list = (name: string) => ({
    name,
    url: `${server.url}/${name}?token=hunter2hunter2&town=secretplace`,
  });
  const discovery = { data: { en: { feeds: [list('station_status'), list('station_information')] } } };
  server.answers['/gbfs.json?key=hunter2hunter2'] = json(discovery);
  server.answers['/station_status?token=hunter2hunter2&town=secretplace'] = (_request, response) =>
    response.writeHead(302, { location: '/login/hunter2hunter2?back=secretplace' }).end();
  const recorder = createRecorder(() => {}, log);
  const { feed } = await discovered(recorder, {
    discovery_url: `${server.url}/gbfs.json?key=hunter2hunter2`,
    secret_parameters: ['town'],
  });
  await recorder.pollOnce(feed('station_status'), never);
  await recorder.pollOnce(feed('station_information'), never);
  expect(published.map(({ poll }) => poll.source)).toEqual([
    `${server.url}/gbfs.json?key=***`,
    `${server.url}/login/***?back=***`,
    `${server.url}/station_information?token=***&town=***`,
  ]);
  expect(server.requests.map(({ path }) => path)).toContain('/login/hunter2hunter2?back=secretplace');
  const records = published.map(({ poll }) => JSON.stringify({ ...poll, body: null }));
  expect([...seen, ...records, await registry.metrics()].join()).not.toMatch(/hunter2|secretplace/);
  expect(seen.join()).toContain('feed_failing');
});

test.each([
  ['stations is null, as Go writes a list never made', { data: { stations: null } }, 'no_station_list'],
  ['an error document', { error: 'maintenance' }, 'no_station_list'],
  ['a list', [], 'not_a_feed'],
])(
  'a body that is no feed (%s) is a failure here as in the store, with back-off',
  async (_, body, reason) => {
    const told: object[] = [];
    const tell = (fields: object): void => void told.push(fields);
    server.answers['/gbfs.json'] = json(discoveryOf(server.url, FEEDS));
    server.answers['/station_status'] = json(body);
    const recorder = createRecorder(() => {}, { ...silentLog, warn: tell as Log['warn'] });
    const { feed } = await discovered(recorder);
    await recorder.pollOnce(feed('station_status'), never);
    expect(await recorder.pollOnce(feed('station_status'), never)).toBeGreaterThanOrEqual(20);
    expect(last()).toMatchObject({ outcome: 'fetched', http_status: 200 });
    expect(told).toContainEqual({ event: 'feed_failing', system: 'city', feed: 'station_status', reason });
    const metrics = await registry.metrics();
    expect(metrics).toContain('gbfs_feed_consecutive_failures{system="city",feed="station_status"} 2');
    expect(metrics).not.toContain(
      'gbfs_feed_last_success_timestamp_seconds{system="city",feed="station_status"',
    );
  },
);

describe('discovery', () => {
  test('that fails is a failed poll of the feed gbfs', async () => {
    const recorder = createRecorder();
    await discovered(recorder);
    expect(last()).toMatchObject({ feed: 'gbfs', outcome: 'failed', error: 'http_404' });
  });

  test('that is no discovery document finds no feeds and backs off', async () => {
    server.answers['/gbfs.json'] = json({ data: { stations: [] } });
    const recorder = createRecorder();
    const recorded = createSystem(settingsOf('city'));
    expect(await recorder.pollOnce(recorded.discovery, never)).toBeLessThanOrEqual(60);
    expect(recorded.feeds.size).toBe(0);
  });

  test('finds only the feeds a system is set to record', async () => {
    server.answers['/gbfs.json'] = json(discoveryOf(server.url, FEEDS));
    const { recorded } = await discovered(createRecorder(), { feeds: ['station_status'] });
    expect([...recorded.feeds.keys()]).toEqual(['station_status']);
  });

  test('that lists a feed elsewhere moves it, and its headers may go there', async () => {
    await using elsewhere = await startFeedServer();
    server.answers['/gbfs.json'] = json(discoveryOf(server.url, FEEDS));
    server.answers['/station_status'] = jsonWithEtag(statusOf([1]), '"old"');
    const recorder = createRecorder();
    const { recorded, feed } = await discovered(recorder, { headers: { 'X-Key': 'secret' } });
    await recorder.pollOnce(feed('station_status'), never);
    server.answers['/gbfs.json'] = json(discoveryOf(elsewhere.url, ['station_status']));
    elsewhere.answers['/station_status'] = json(statusOf([1]));
    await recorder.pollOnce(recorded.discovery, never);
    await recorder.pollOnce(feed('station_status'), never);
    expect(last().source).toBe(`${elsewhere.url}/station_status`);
    expect(elsewhere.requests[0]?.headers).toMatchObject({ 'x-key': 'secret' });
    expect(elsewhere.requests[0]?.headers['if-none-match']).toBeUndefined();
  });

  test('that lacks a feed for a while does not end its recording', async () => {
    server.answers['/gbfs.json'] = json(discoveryOf(server.url, FEEDS));
    const recorder = createRecorder();
    const { recorded } = await discovered(recorder);
    server.answers['/gbfs.json'] = json(discoveryOf(server.url, ['station_information']));
    await recorder.pollOnce(recorded.discovery, never);
    expect([...recorded.feeds.keys()]).toEqual(FEEDS);
  });
});

test('what is not known has no series, and what is known has the right value', async () => {
  server.answers['/gbfs.json'] = json(discoveryOf(server.url, FEEDS));
  server.answers['/station_status'] = json({ data: { stations: [{ station_id: '1' }] } });
  server.answers['/station_information'] = json(statusOf([1], 300));
  const recorder = createRecorder();
  const { feed } = await discovered(recorder);
  for (const name of FEEDS) await recorder.pollOnce(feed(name), never);
  const metrics = await registry.metrics();
  expect(metrics).toContain('gbfs_feed_ttl_seconds{system="city",feed="station_information"} 300');
  expect(metrics).toContain(
    'gbfs_feed_last_updated_timestamp_seconds{system="city",feed="station_information"} 1760000000',
  );
  expect(metrics).not.toMatch(/gbfs_feed_(ttl|last_updated)\w*\{system="city",feed="station_status"/);
  expect(metrics).toMatch(
    /gbfs_feed_last_success_timestamp_seconds\{system="city",feed="station_status"\} 1[\d.]+\n/,
  );
  expect(metrics).not.toMatch(
    /gbfs_feed_last_success_timestamp_seconds\{system="city",feed="system_information"\}/,
  );
  expect(metrics).toContain('gbfs_polls_total{system="city",feed="system_information",outcome="failed"} 1');
  expect(metrics).toContain('gbfs_feed_consecutive_failures{system="city",feed="system_information"} 1');
  expect(metrics).toContain('gbfs_feed_consecutive_failures{system="city",feed="station_status"} 0');
  expect(metrics).toContain('gbfs_feed_poll_interval_seconds{system="city",feed="station_status"} 10');
  expect(metrics).toContain('gbfs_feed_poll_interval_seconds{system="city",feed="station_information"} 3600');
});

test('feeds that hang, send 32 MiB and one byte, or garbage, do not delay the others', async () => {
  const tooLarge = Buffer.alloc(32 * 1024 * 1024 + 1, 0x20);
  const garbage = Buffer.alloc(1024 * 1024, 0xfe);
  const systems = ['hangs', 'large', 'garbage', 'good-1', 'good-2', 'good-3'].map((id) => {
    server.answers[`/${id}/gbfs.json`] = json(discoveryOf(`${server.url}/${id}`, ['station_status']));
    server.answers[`/${id}/station_status`] = json(statusOf([1]));
    return system.parse({ id, discovery_url: `${server.url}/${id}/gbfs.json`, interval_seconds: 1 });
  });
  server.answers['/hangs/station_status'] = () => {};
  server.answers['/large/station_status'] = (_request, response) => response.end(tooLarge);
  server.answers['/garbage/station_status'] = (_request, response) => response.end(garbage);

  const stop = new AbortController();
  const polledAtMs = new Map(
    ['good-1', 'good-2', 'good-3', 'large', 'garbage'].map((id) => [id, [] as number[]]),
  );
  const recorder = createRecorder(({ system_id, feed }) => {
    if (feed === 'station_status') polledAtMs.get(system_id)?.push(performance.now());
    const counts = Array.from(polledAtMs.values(), (times) => times.length);
    if (counts.slice(0, 3).every((count) => count >= 5) && counts.every((count) => count > 0)) stop.abort();
  });
  recorder.addSystems(systems);
  await recorder.pollForever(stop.signal);

  const gaps = ['good-1', 'good-2', 'good-3'].flatMap((id) => {
    const times = polledAtMs.get(id) ?? [];
    return times.slice(1).map((atMs, index) => Math.round(atMs - (times[index] as number)));
  });
  console.log(`ms between the polls of good feeds, due after 1000 to 1050: ${gaps.join(' ')}`);
  const asked = server.requests.filter(({ path }) => path === '/hangs/station_status');
  const ended = published.filter(({ poll }) => poll.system_id === 'hangs' && poll.feed === 'station_status');
  // All of that went on while one poll was waiting for its answer.
  expect([asked.length, ended.length]).toEqual([1, 0]);
  const errors = published.flatMap(({ poll }) => poll.error ?? []);
  expect(new Set(errors)).toEqual(new Set(['body_too_large']));
});
