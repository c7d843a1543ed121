import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveSecrets, SecretMissing } from '../sources/secrets/resolve-secrets.ts';
import { system } from '../sources/system.ts';
import { json, startFeedServer } from './test-feed-server.ts';
import { never, SECRET, TokenIngest } from './test-token-ingest.ts';

let ingest: TokenIngest;
beforeEach(async () => {
  ingest = await TokenIngest.start();
});
afterEach(() => ingest[Symbol.asyncDispose]());

test('one token serves all feeds and systems with the same credentials', async () => {
  const feed = await ingest.discovered();
  await ingest.recorder.pollOnce(feed, never);
  await ingest.recorder.pollOnce(await ingest.discovered('other'), never);
  expect(ingest.published.map(({ outcome }) => outcome)).toEqual(Array(4).fill('fetched'));
  expect(ingest.forms).toEqual(['grant_type=client_credentials']);
  const basic = Buffer.from('me:s3cret').toString('base64');
  expect(ingest.asked('/token')[0]?.headers.authorization).toBe(`Basic ${basic}`);
});

test('scope and credentials go into the form where the server wants them there', async () => {
  await ingest.discovered('city', { client_authentication: 'body', scope: 'gbfs read' });
  expect(Object.fromEntries(new URLSearchParams(ingest.forms[0]))).toEqual({
    grant_type: 'client_credentials',
    client_id: 'me',
    client_secret: 's3cret',
    scope: 'gbfs read',
  });
  expect(ingest.asked('/token')[0]?.headers.authorization).toBeUndefined();
});

test('a token is renewed shortly before its end, and not sooner', async () => {
  const feed = await ingest.discovered();
  ingest.nowMs += 539_000;
  await ingest.recorder.pollOnce(feed, never);
  expect(ingest.issued).toBe(1);
  ingest.nowMs += 2000;
  await ingest.recorder.pollOnce(feed, never);
  expect(ingest.issued).toBe(2);
});

test('a revoked token is renewed once, and the feed is asked again in the same poll', async () => {
  const feed = await ingest.discovered();
  ingest.nowMs += 60_000;
  ingest.valid.clear();
  await ingest.recorder.pollOnce(feed, never);
  expect(ingest.last()).toMatchObject({ feed: 'station_status', outcome: 'fetched' });
  expect(ingest.issued).toBe(2);
});

test('where no token helps, 401 is a failure, and tokens are asked for ever more seldom', async () => {
  const feed = await ingest.discovered();
  ingest.server.answers['/station_status'] = (_, response) => response.writeHead(401).end();
  for (let minute = 0; minute < 60; minute++) {
    ingest.nowMs += 60_000;
    await ingest.recorder.pollOnce(feed, never);
    expect(ingest.last()).toMatchObject({ outcome: 'failed', error: 'http_401' });
  }
  expect(ingest.issued).toBeGreaterThan(2);
  expect(ingest.issued).toBeLessThan(15);
  // Never more than once again in a poll.
  expect(ingest.asked('/station_status').length).toBeLessThan(2 * 60);
});

test.each([
  [400, 'token_refused'],
  [401, 'token_refused'],
  [500, 'token_unavailable'],
  [429, 'token_unavailable'],
])(
  'a server of tokens that answers %d is left alone for a while, and no feed is asked without a token: %s',
  async (status, error) => {
    ingest.server.answers['/token'] = (_, response) => response.writeHead(status).end();
    const discovery = await ingest.discovered();
    expect(ingest.last()).toMatchObject({ feed: 'gbfs', outcome: 'failed', error, http_status: null });
    await ingest.recorder.pollOnce(discovery, never);
    expect(ingest.last()).toMatchObject({ outcome: 'failed', error });
    expect([ingest.asked('/token').length, ingest.asked('/gbfs.json').length]).toEqual([1, 0]);
    ingest.server.answers['/token'] = ingest.giveToken({});
    ingest.nowMs += 76_000;
    await ingest.recorder.pollOnce(discovery, never);
    expect(ingest.last()).toMatchObject({ outcome: 'fetched' });
  },
);

test.each([
  ['a page of HTML', (_: IncomingMessage, response: ServerResponse) => void response.end('<html>')],
  ['no token', json({})],
  ['a token that no header can carry', json({ access_token: 'a\nb' })],
])('%s in place of a token is no token', async (_, answer) => {
  ingest.server.answers['/token'] = answer;
  await ingest.discovered();
  expect(ingest.last()).toMatchObject({ outcome: 'failed', error: 'token_unavailable' });
});

test('a token is not sent where the publisher redirects to', async () => {
  const feed = await ingest.discovered();
  await using elsewhere = await startFeedServer();
  ingest.server.answers['/station_status'] = (request, response) => {
    const token = request.headers.authorization?.replace('Bearer ', '');
    response.writeHead(302, { location: `${elsewhere.url}/status?t=${token}-of-city` }).end();
  };
  await ingest.recorder.pollOnce(feed, never);
  expect(elsewhere.requests[0]?.headers.authorization).toBeUndefined();
  expect(ingest.last()?.source).not.toContain('token-1');
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
