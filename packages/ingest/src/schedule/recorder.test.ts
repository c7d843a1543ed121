import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSystem } from '../fetch/feed.ts';
import { discoveryOf, json, jsonWithEtag, startFeedServer, statusOf } from '../fetch/test-feed-server.ts';
import type { Log } from '../log.ts';
import { system } from '../sources/system.ts';
import { silentLog } from '../test-log.ts';
import { FEEDS, NEVER, TestRecorder } from './test-recorder.ts';

let given: TestRecorder;

beforeEach(async () => {
  given = await TestRecorder.start();
});
afterEach(() => given[Symbol.asyncDispose]());

describe('one poll', () => {
  beforeEach(() => given.serveCity());

  test('of discovery is recorded and shows the feeds to poll', async () => {
    const recorder = given.create();
    const { recorded } = await given.discovered(recorder);
    expect([...recorded.feeds.keys()]).toEqual(FEEDS);
    expect(given.last()).toMatchObject({
      system_id: 'city',
      feed: 'gbfs',
      outcome: 'fetched',
      http_status: 200,
    });
  });

  test('of discovery that lists vehicles under two names shows the newer one', async () => {
    const recorder = given.create();
    given.server.answers['/gbfs.json'] = json(
      discoveryOf(given.server.url, ['free_bike_status', 'vehicle_status', 'system_alerts']),
    );
    const { recorded } = await given.discovered(recorder);
    expect([...recorded.feeds.keys()]).toEqual(['vehicle_status', 'system_alerts']);
  });

  test('of discovery says the country of its system, and no other poll does', async () => {
    const recorder = given.create();
    const { feed } = await given.discovered(recorder, { country: 'no' });
    expect(given.last()).toMatchObject({ feed: 'gbfs', country: 'NO' });
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(given.last()).not.toHaveProperty('country');
  });

  test('of a feed is published as it came, and planned by its ttl', async () => {
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    const seconds = await recorder.pollOnce(feed('station_status'), NEVER);
    expect(seconds).toBeGreaterThanOrEqual(15);
    expect(seconds).toBeLessThanOrEqual(15 * 1.05);
    expect(given.last()).toMatchObject({
      feed: 'station_status',
      source: `${given.server.url}/station_status`,
      outcome: 'fetched',
      etag: '"a"',
      content_type: 'application/json',
      error: null,
      imported: false,
      body_id: null,
    });
    expect(JSON.parse(given.last().body.toString())).toEqual(statusOf([1, 2], 15));
  });
});

test('keys in URLs are in no record, no metric and no log, also where a redirect repeats them', async () => {
  const seen: string[] = [];
  const tell = (...args: unknown[]): void => void seen.push(JSON.stringify(args));
  const log = { debug: tell, info: tell, warn: tell, error: tell };
  const list = (name: string) => ({
    name,
    url: `${given.server.url}/${name}?token=hunter2hunter2&town=secretplace`,
  });
  const discovery = { data: { en: { feeds: [list('station_status'), list('station_information')] } } };
  given.server.answers['/gbfs.json?key=hunter2hunter2'] = json(discovery);
  given.server.answers['/station_status?token=hunter2hunter2&town=secretplace'] = (_request, response) =>
    response.writeHead(302, { location: '/login/hunter2hunter2?back=secretplace' }).end();
  const recorder = given.create(() => {}, log);
  const { feed } = await given.discovered(recorder, {
    discovery_url: `${given.server.url}/gbfs.json?key=hunter2hunter2`,
    secret_parameters: ['town'],
  });
  await recorder.pollOnce(feed('station_status'), NEVER);
  await recorder.pollOnce(feed('station_information'), NEVER);
  expect(given.published.map(({ poll }) => poll.source)).toEqual([
    `${given.server.url}/gbfs.json?key=***`,
    `${given.server.url}/login/***?back=***`,
    `${given.server.url}/station_information?token=***&town=***`,
  ]);
  expect(given.server.requests.map(({ path }) => path)).toContain('/login/hunter2hunter2?back=secretplace');
  const records = given.published.map(({ poll }) => JSON.stringify({ ...poll, body: null }));
  expect([...seen, ...records, await given.registry.metrics()].join()).not.toMatch(/hunter2|secretplace/);
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
    given.server.answers['/gbfs.json'] = json(discoveryOf(given.server.url, FEEDS));
    given.server.answers['/station_status'] = json(body);
    const recorder = given.create(() => {}, { ...silentLog, warn: tell as Log['warn'] });
    const { feed } = await given.discovered(recorder);
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(await recorder.pollOnce(feed('station_status'), NEVER)).toBeGreaterThanOrEqual(20);
    expect(given.last()).toMatchObject({ outcome: 'fetched', http_status: 200 });
    expect(told).toContainEqual({ event: 'feed_failing', system: 'city', feed: 'station_status', reason });
    const metrics = await given.registry.metrics();
    expect(metrics).toContain('gbfs_feed_consecutive_failures{system="city",feed="station_status"} 2');
    expect(metrics).not.toContain(
      'gbfs_feed_last_success_timestamp_seconds{system="city",feed="station_status"',
    );
  },
);

describe('discovery', () => {
  test('that fails is a failed poll of the feed gbfs', async () => {
    const recorder = given.create();
    await given.discovered(recorder);
    expect(given.last()).toMatchObject({ feed: 'gbfs', outcome: 'failed', error: 'http_404' });
  });

  test('that is not a discovery document gives no feeds and backs off', async () => {
    given.server.answers['/gbfs.json'] = json({ data: { stations: [] } });
    const recorder = given.create();
    const recorded = createSystem(given.settingsOf('city'));
    expect(await recorder.pollOnce(recorded.discovery, NEVER)).toBeLessThanOrEqual(60);
    expect(recorded.feeds.size).toBe(0);
  });

  test('finds only the feeds a system is set to record', async () => {
    given.server.answers['/gbfs.json'] = json(discoveryOf(given.server.url, FEEDS));
    const { recorded } = await given.discovered(given.create(), { feeds: ['station_status'] });
    expect([...recorded.feeds.keys()]).toEqual(['station_status']);
  });

  test('that lists a feed elsewhere moves it, and its headers may go there', async () => {
    await using elsewhere = await startFeedServer();
    given.server.answers['/gbfs.json'] = json(discoveryOf(given.server.url, FEEDS));
    given.server.answers['/station_status'] = jsonWithEtag(statusOf([1]), '"old"');
    const recorder = given.create();
    const { recorded, feed } = await given.discovered(recorder, { headers: { 'X-Key': 'secret' } });
    await recorder.pollOnce(feed('station_status'), NEVER);
    given.server.answers['/gbfs.json'] = json(discoveryOf(elsewhere.url, ['station_status']));
    elsewhere.answers['/station_status'] = json(statusOf([1]));
    await recorder.pollOnce(recorded.discovery, NEVER);
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(given.last().source).toBe(`${elsewhere.url}/station_status`);
    expect(elsewhere.requests[0]?.headers).toMatchObject({ 'x-key': 'secret' });
    expect(elsewhere.requests[0]?.headers['if-none-match']).toBeUndefined();
  });

  test('that lacks a feed for a while does not end its recording', async () => {
    given.server.answers['/gbfs.json'] = json(discoveryOf(given.server.url, FEEDS));
    const recorder = given.create();
    const { recorded } = await given.discovered(recorder);
    given.server.answers['/gbfs.json'] = json(discoveryOf(given.server.url, ['station_information']));
    await recorder.pollOnce(recorded.discovery, NEVER);
    expect([...recorded.feeds.keys()]).toEqual(FEEDS);
  });
});

test('an unknown value has no series, and a known one the right value', async () => {
  given.server.answers['/gbfs.json'] = json(discoveryOf(given.server.url, FEEDS));
  given.server.answers['/station_status'] = json({ data: { stations: [{ station_id: '1' }] } });
  given.server.answers['/station_information'] = json(statusOf([1], 300));
  const recorder = given.create();
  const { feed } = await given.discovered(recorder);
  for (const name of FEEDS) await recorder.pollOnce(feed(name), NEVER);
  const metrics = await given.registry.metrics();
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
    given.server.answers[`/${id}/gbfs.json`] = json(
      discoveryOf(`${given.server.url}/${id}`, ['station_status']),
    );
    given.server.answers[`/${id}/station_status`] = json(statusOf([1]));
    return system.parse({ id, discovery_url: `${given.server.url}/${id}/gbfs.json`, interval_seconds: 1 });
  });
  given.server.answers['/hangs/station_status'] = () => {};
  given.server.answers['/large/station_status'] = (_request, response) => response.end(tooLarge);
  given.server.answers['/garbage/station_status'] = (_request, response) => response.end(garbage);

  const stop = new AbortController();
  const polledAtMs = new Map(
    ['good-1', 'good-2', 'good-3', 'large', 'garbage'].map((id) => [id, [] as number[]]),
  );
  const recorder = given.create(({ system_id, feed }) => {
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
  const asked = given.server.requests.filter(({ path }) => path === '/hangs/station_status');
  const ended = given.published.filter(
    ({ poll }) => poll.system_id === 'hangs' && poll.feed === 'station_status',
  );
  // All of that went on while one poll was waiting for its answer.
  expect([asked.length, ended.length]).toEqual([1, 0]);
  const errors = given.published.flatMap(({ poll }) => poll.error ?? []);
  expect(new Set(errors)).toEqual(new Set(['body_too_large']));
});
