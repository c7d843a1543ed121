import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PollRecord } from '@velolog/stream/poll-record';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { createIngestMetrics } from '../metrics.ts';
import { forgetful } from '../politeness/politeness.ts';
import { recalledToken } from '../politeness/recalled.ts';
import type { TokenNote } from '../politeness/token-note.ts';
import { HostLimits } from '../schedule/host-limits.ts';
import { Recorder } from '../schedule/recorder.ts';
import { resolveSecrets, SecretMissing } from '../sources/secrets/resolve-secrets.ts';
import { system } from '../sources/system.ts';
import { silentLog } from '../test-log.ts';
import { createSystem, type Feed, type RecordedSystem } from './feed.ts';
import { FeedFetcher } from './fetch-feed.ts';
import { discoveryOf, type FeedServer, json, startFeedServer, statusOf } from './test-feed-server.ts';

const never = new AbortController().signal;
// biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in systems.json
const SECRET = '${CITY_SECRET}';

let server: FeedServer;
let fetcher: FeedFetcher;
let published: PollRecord[];
let recorder: Recorder;
let nowMs: number;
let timers: { atMs: number; run: () => void }[];
/** Tokens that the publisher takes now. */
let valid: Set<string>;
let issued: number;
let forms: string[];
/** What ingest writes for the next one, and when. */
let notes: Map<string, { note: TokenNote; atMs: number }>;
let waits: [host: string, seconds: number][];

beforeEach(async () => {
  server = await startFeedServer();
  fetcher = new FeedFetcher({
    userAgent: 'velolog/test',
    allowPrivateAddresses: true,
    bodyBytesMax: 1024 * 1024,
    // Never reached here: a test that would have to wait for one fails.
    connectTimeoutMs: 600_000,
    headersTimeoutMs: 600_000,
    bodyTimeoutMs: 600_000,
  });
  published = [];
  nowMs = 1_000_000;
  timers = [];
  valid = new Set();
  issued = 0;
  forms = [];
  notes = new Map();
  waits = [];
  recorder = startIngest();
  server.answers['/token'] = giveToken({ expires_in: 600 });
  server.answers['/gbfs.json'] = guarded(discoveryOf(server.url, ['station_status', 'station_information']));
  server.answers['/station_status'] = guarded(statusOf([1, 2]));
});
afterEach(async () => {
  await fetcher.close();
  await server[Symbol.asyncDispose]();
});

function startIngest(): Recorder {
  const put = (key: string, note: TokenNote): void => void notes.set(key, { note, atMs: nowMs });
  const keeper = {
    claim: async (key: string, note: TokenNote) => put(key, note),
    note: put,
    wait: (host: string, seconds: number) => void waits.push([host, seconds]),
  };
  const started = new Recorder(
    {
      fetcher,
      limits: new HostLimits({ requestsAtOnceMax: 2, requestsPerSecondMax: 10_000 }),
      publisher: { publish: (poll) => void published.push(poll) },
      metrics: createIngestMetrics(new Registry()),
      politeness: { ...forgetful, tokenKeeper: () => keeper },
      log: silentLog,
    },
    { floorSeconds: 10, staticSeconds: 3600 },
    clock,
  );
  for (const [key, { note, atMs }] of notes)
    started.recallToken(key, recalledToken(note, nowMs - atMs, nowMs));
  return started;
}

/** Moves only by `pass`. */
const clock: Clock = {
  ...systemClock,
  nowMs: () => nowMs,
  after: (ms, run) => {
    const timer = { atMs: nowMs + ms, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  },
};

function pass(ms: number): void {
  nowMs += ms;
  for (const { atMs, run } of timers) if (atMs <= nowMs) run();
}

function giveToken(more: object) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    let form = '';
    request.on('data', (part) => (form += part));
    request.on('end', () => {
      forms.push(form);
      issued += 1;
      valid.add(`token-${issued}`);
      json({ access_token: `token-${issued}`, token_type: 'bearer', ...more })(request, response);
    });
  };
}

function guarded(document: unknown) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (valid.has(request.headers.authorization?.replace('Bearer ', '') ?? ''))
      json(document)(request, response);
    else response.writeHead(401).end();
  };
}

async function discovered(id = 'city', more: object = {}): Promise<Feed> {
  const recorded = guardedSystem(id, more);
  await recorder.pollOnce(recorded.discovery, never);
  return recorded.feeds.get('station_status') ?? recorded.discovery;
}

function guardedSystem(id = 'city', more: object = {}): RecordedSystem {
  const authentication = {
    type: 'oauth2',
    token_url: `${server.url}/token`,
    client_id: 'me',
    client_secret: SECRET,
    ...more,
  };
  const settings = system.parse({ id, discovery_url: `${server.url}/gbfs.json`, authentication });
  return createSystem(resolveSecrets(settings, { CITY_SECRET: 's3cret' }));
}

const asked = (path: string) => server.requests.filter((request) => request.path === path);
const last = () => published.at(-1);

test('one token serves all feeds and systems with the same credentials', async () => {
  const feed = await discovered();
  await recorder.pollOnce(feed, never);
  await recorder.pollOnce(await discovered('other'), never);
  expect(published.map(({ outcome }) => outcome)).toEqual(['fetched', 'fetched', 'fetched', 'fetched']);
  expect(forms).toEqual(['grant_type=client_credentials']);
  const basic = Buffer.from('me:s3cret').toString('base64');
  expect(asked('/token')[0]?.headers.authorization).toBe(`Basic ${basic}`);
});

test('scope and credentials go into the form where the server wants them there', async () => {
  await discovered('city', { client_authentication: 'body', scope: 'gbfs read' });
  expect(Object.fromEntries(new URLSearchParams(forms[0]))).toEqual({
    grant_type: 'client_credentials',
    client_id: 'me',
    client_secret: 's3cret',
    scope: 'gbfs read',
  });
  expect(asked('/token')[0]?.headers.authorization).toBeUndefined();
});

test('a token is renewed shortly before its end, and not sooner', async () => {
  const feed = await discovered();
  nowMs += 539_000;
  await recorder.pollOnce(feed, never);
  expect(issued).toBe(1);
  nowMs += 2000;
  await recorder.pollOnce(feed, never);
  expect(issued).toBe(2);
});

test('a revoked token is renewed once, and the feed is asked again in the same poll', async () => {
  const feed = await discovered();
  nowMs += 60_000;
  valid.clear();
  await recorder.pollOnce(feed, never);
  expect(last()).toMatchObject({ feed: 'station_status', outcome: 'fetched' });
  expect(issued).toBe(2);
});

test('where no token helps, 401 is a failure, and tokens are asked for ever more seldom', async () => {
  const feed = await discovered();
  server.answers['/station_status'] = (_, response) => response.writeHead(401).end();
  for (let minute = 0; minute < 60; minute++) {
    nowMs += 60_000;
    await recorder.pollOnce(feed, never);
    expect(last()).toMatchObject({ outcome: 'failed', error: 'http_401' });
  }
  expect(issued).toBeGreaterThan(2);
  expect(issued).toBeLessThan(15);
  // Never more than once again in a poll.
  expect(asked('/station_status').length).toBeLessThan(2 * 60);
});

test.each([
  [400, 'token_refused'],
  [401, 'token_refused'],
  [500, 'token_unavailable'],
  [429, 'token_unavailable'],
])(
  'a server of tokens that answers %d is left alone for a while, and no feed is asked without a token: %s',
  async (status, error) => {
    server.answers['/token'] = (_, response) => response.writeHead(status).end();
    const discovery = await discovered();
    expect(last()).toMatchObject({ feed: 'gbfs', outcome: 'failed', error, http_status: null });
    await recorder.pollOnce(discovery, never);
    expect(last()).toMatchObject({ outcome: 'failed', error });
    expect([asked('/token').length, asked('/gbfs.json').length]).toEqual([1, 0]);
    server.answers['/token'] = giveToken({});
    nowMs += 76_000;
    await recorder.pollOnce(discovery, never);
    expect(last()).toMatchObject({ outcome: 'fetched' });
  },
);

test.each([
  ['a page of HTML', (_: IncomingMessage, response: ServerResponse) => void response.end('<html>')],
  ['no token', json({})],
  ['a token that no header can carry', json({ access_token: 'a\nb' })],
])('%s in place of a token is no token', async (_, answer) => {
  server.answers['/token'] = answer;
  await discovered();
  expect(last()).toMatchObject({ outcome: 'failed', error: 'token_unavailable' });
});

test('a token is not sent where the publisher redirects to', async () => {
  const feed = await discovered();
  await using elsewhere = await startFeedServer();
  server.answers['/station_status'] = (request, response) => {
    const token = request.headers.authorization?.replace('Bearer ', '');
    response.writeHead(302, { location: `${elsewhere.url}/status?t=${token}-of-city` }).end();
  };
  await recorder.pollOnce(feed, never);
  expect(elsewhere.requests[0]?.headers.authorization).toBeUndefined();
  expect(last()?.source).not.toContain('token-1');
});

test('a secret that is missing, or written down, is refused by name', () => {
  const authentication = {
    type: 'oauth2',
    token_url: 'https://a.example/token',
    client_id: 'me',
    client_secret: SECRET,
  };
  const settings = { id: 'city', discovery_url: 'https://a.example/gbfs.json', authentication };
  expect(() => resolveSecrets(system.parse(settings), {})).toThrow(
    new SecretMissing('neither CITY_SECRET nor CITY_SECRET_FILE is set'),
  );
  const written = system.safeParse({
    ...settings,
    authentication: { ...authentication, client_secret: 'hunter2hunter2' },
  });
  expect(written.error?.issues[0]?.message).toContain('and the secret in the environment as NAME');
  expect(written.error?.message).not.toContain('hunter2');
});

test('an ingest that crashes again and again asks for ever fewer tokens, and one that is restarted later asks at once', async () => {
  const asks: number[] = [];
  for (const startsApart of [3000, 20_000]) {
    for (let start = 0; start < 60; start++) {
      recorder = startIngest();
      const crash = new AbortController();
      const before = issued;
      const poll = recorder.pollOnce(guardedSystem().discovery, crash.signal);
      const isHeld = await Promise.race([poll.then(() => false), untilHeld().then(() => true)]);
      crash.abort(new Error('a crash'));
      if (isHeld) await expect(poll).rejects.toThrow('a crash');
      if (issued > before) asks.push(nowMs);
      pass(startsApart);
    }
  }
  const gaps = asks.slice(1).map((atMs, index) => (atMs - (asks[index] ?? 0)) / 1000);
  expect(gaps.length).toBeGreaterThan(4);
  expect(gaps.filter((gap) => gap < 10)).toEqual([]);
  expect(gaps.slice(3).filter((gap) => gap < 30)).toEqual([]);
  expect(Math.max(...gaps)).toBeGreaterThan(120);
  pass(2 * 3_600_000);
  recorder = startIngest();
  const before = issued;
  await discovered();
  expect(issued).toBe(before + 1);
  expect(last()).toMatchObject({ outcome: 'fetched' });
});

/** Until a poll waits for the time of a token. */
const untilHeld = async (): Promise<void> => {
  await expect.poll(() => timers.length, { interval: 2, timeout: 10_000 }).toBeGreaterThan(0);
};

test('a system that moves between new workers, one after the other, waits at most 40 seconds for a token, and its poll waits with it', async () => {
  const waited: number[] = [];
  for (let worker = 0; worker < 8; worker++) {
    recorder = startIngest();
    const fromMs = nowMs;
    let isDone = false;
    const poll = recorder.pollOnce(guardedSystem().discovery, never).then((seconds) => {
      isDone = true;
      return seconds;
    });
    while (!isDone) {
      await Promise.race([poll, untilHeld()]);
      if (!isDone) pass(100);
    }
    // The feed did not fail meanwhile, which would put its next polls off.
    expect(await poll).toBeGreaterThan(3000);
    waited.push((nowMs - fromMs) / 1000);
    pass(1000);
  }
  expect(published.map(({ outcome }) => outcome)).toEqual(Array(8).fill('fetched'));
  expect(issued).toBe(8);
  expect(waited[1]).toBeGreaterThan(8);
  expect(Math.max(...waited)).toBeLessThan(40);
});

test('a server of tokens that fails, or asks to be left alone, is left alone by the next ingest, too', async () => {
  server.answers['/token'] = (_, response) => response.writeHead(429, { 'retry-after': '600' }).end();
  await discovered();
  expect(waits).toEqual([[new URL(server.url).host, expect.closeTo(600, 0)]]);
  for (const minutes of [1, 4, 4]) {
    nowMs += minutes * 60_000;
    recorder = startIngest();
    await discovered();
    expect(last()).toMatchObject({ outcome: 'failed', error: 'token_unavailable' });
  }
  expect(asked('/token').length).toBe(1);
  server.answers['/token'] = giveToken({});
  nowMs += 120_000;
  recorder = startIngest();
  await discovered();
  expect(last()).toMatchObject({ outcome: 'fetched' });
});

test('a worker that takes a system over keeps its own token, and waits with the next one as long as the worker before', async () => {
  const feed = await discovered();
  const [key = ''] = notes.keys();
  recorder.recallToken(key, { notBeforeMs: nowMs + 500_000, failures: 2, starts: 1 });
  await recorder.pollOnce(feed, never);
  expect(last()).toMatchObject({ feed: 'station_status', outcome: 'fetched' });
  valid.clear();
  nowMs += 499_000;
  await recorder.pollOnce(feed, never);
  expect(last()).toMatchObject({ outcome: 'failed' });
  expect(issued).toBe(1);
  nowMs += 2000;
  await recorder.pollOnce(feed, never);
  expect(last()).toMatchObject({ outcome: 'fetched' });
  expect(issued).toBe(2);
});

test('what another worker knew of a token endpoint does not shorten the wait of this one', async () => {
  server.answers['/token'] = (_, response) => response.writeHead(500).end();
  const discovery = await discovered();
  const [key = ''] = notes.keys();
  recorder.recallToken(key, { notBeforeMs: nowMs - 1000, failures: 0, starts: 0 });
  nowMs += 10_000;
  await recorder.pollOnce(discovery, never);
  expect(last()).toMatchObject({ outcome: 'failed', error: 'token_unavailable' });
  expect(asked('/token').length).toBe(1);
});

test('notes for the next ingest worker contain no client, secret or token', async () => {
  await discovered('city', { client_id: 'client-of-ours' });
  const written = JSON.stringify([...notes]);
  expect(notes.size).toBe(1);
  for (const hidden of ['client-of-ours', 's3cret', 'token-1', server.url])
    expect(written).not.toContain(hidden);
});
