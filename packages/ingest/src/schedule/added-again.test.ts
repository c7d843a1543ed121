import { afterAll, expect, test } from 'vitest';
import { placeOf } from '../fetch/feed.ts';
import { json, jsonWithEtag, startFeedServer, statusOf } from '../fetch/test-feed-server.ts';
import { system } from '../sources/system.ts';
import type { Remembered, RememberedFeed } from './retired-systems.ts';
import { RestartedRecorder } from './test-restarted-recorder.ts';

const DAY_MS = 86_400_000;
const server = await startFeedServer();
afterAll(() => server[Symbol.asyncDispose]());

function remember(more: Partial<RememberedFeed>): RememberedFeed {
  return {
    knownBody: null,
    newestBody: null,
    ttlSeconds: 10,
    failuresInARow: 0,
    notBeforeMs: 0,
    timedOut: false,
    dueAtMs: DAY_MS,
    askedAtMs: 0,
    failingSinceMs: null,
    url: null,
    settingsHash: null,
    ...more,
  };
}

/** Polls of `feed` in 20 minutes by a worker that knows it as `state` says and gets its system with one interval after the other. */
async function pollsOf(
  feed: 'station_status' | 'vehicle_status',
  state: Partial<RememberedFeed>,
  intervals: (number | undefined)[],
  ofSystem: Partial<Remembered> = {},
): Promise<number> {
  await using worker = new RestartedRecorder();
  const [first, ...others] = intervals.map((interval_seconds) =>
    system.parse({ id: 'city', discovery_url: `${server.url}/gbfs.json`, feeds: [feed], interval_seconds }),
  );
  if (first === undefined) throw new Error('no interval given');
  worker.recorder.recall(placeOf(first), {
    system_id: 'city',
    hasEnded: false,
    answers410: false,
    isTerminated: false,
    wanted: first.feeds,
    languages: first.languages,
    goesOn: true,
    feeds: new Map([
      ['gbfs', remember({ url: first.discovery_url })],
      [feed, remember({ url: `${server.url}/${feed}`, ...state })],
    ]),
    ...ofSystem,
  });
  worker.recorder.setSystems([first]);
  for (const settings of others) {
    await worker.runUntil(1);
    worker.recorder.setSystems([settings]);
  }
  await worker.runUntil(1200);
  return worker.polls.filter((poll) => poll.feed === feed).length;
}

server.answers['/station_status'] = json(statusOf([1, 2], 10));
server.answers['/vehicle_status'] = json({
  last_updated: 1_790_000_000,
  ttl: 10,
  version: '3.0',
  data: { vehicles: [] },
});

test.each(['station_status', 'vehicle_status'] as const)(
  'a shorter interval_seconds applies to %s at once, and a longer one from the next poll on',
  async (feed) => {
    expect(await pollsOf(feed, {}, [86_400, 60])).toBeGreaterThan(17);
    expect(await pollsOf(feed, { dueAtMs: 30_000 }, [60, 86_400])).toBe(1);
  },
);

test.each([undefined, 30])(
  'with an interval_seconds of %s a restart shortens neither back-off nor the day of a system that has ended',
  async (interval) => {
    const failing = { failuresInARow: 9, dueAtMs: 3_000_000 };
    expect(await pollsOf('station_status', failing, [interval])).toBe(0);
    expect(await pollsOf('station_status', {}, [interval], { hasEnded: true, answers410: true })).toBe(0);
    expect(await pollsOf('station_status', {}, [interval], { isTerminated: true })).toBe(0);
  },
);

test.each([
  ['a feed that is added', { feeds: ['station_status', 'station_information'] }, '/en/station_information'],
  ['another language', { languages: ['fr'] }, '/fr/station_status'],
])('%s is polled at once, also where the publisher answers 304 to discovery', async (_, change, path) => {
  const feedsIn = (language: string) =>
    ['station_status', 'station_information'].map((name) => ({
      name,
      url: `${server.url}/${language}/${name}`,
    }));
  const discovery = { last_updated: 1_790_000_000, ttl: 0, version: '2.3' };
  const data = { en: { feeds: feedsIn('en') }, fr: { feeds: feedsIn('fr') } };
  server.answers['/gbfs.json'] = jsonWithEtag({ ...discovery, data }, '"d"');
  for (const { url } of [...feedsIn('en'), ...feedsIn('fr')])
    server.answers[url.slice(server.url.length)] = json(statusOf([1], 60));
  const of = (more: object) =>
    system.parse({
      id: 'city',
      discovery_url: `${server.url}/gbfs.json`,
      feeds: ['station_status'],
      languages: ['en'],
      ...more,
    });
  await using worker = new RestartedRecorder();
  const polled = () => worker.polls.map((poll) => poll.path);
  worker.recorder.setSystems([of({})]);
  await worker.runUntil(300);
  expect(polled()).toContain('/en/station_status');
  expect(polled()).not.toContain(path);
  worker.recorder.setSystems([of(change)]);
  await worker.runUntil(420);
  expect(polled()).toContain(path);
});
