import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { json, startFeedServer } from './test-feed-server.ts';
import { NEVER, TestFetch } from './test-fetch.ts';

let given: TestFetch;

beforeEach(async () => {
  given = await TestFetch.start();
});
afterEach(() => given[Symbol.asyncDispose]());

describe('redirects', () => {
  beforeEach(() => {
    for (const hop of [1, 2, 3, 4]) {
      given.server.answers[`/${hop}`] = (_request, response) =>
        response.writeHead(301, { location: `${hop - 1}` }).end();
    }
    given.server.answers['/0'] = json({ arrived: true });
  });

  test('three are followed, and the URL that answered is reported', async () => {
    expect(await given.fetch('/3')).toMatchObject({ outcome: 'fetched', url: `${given.server.url}/0` });
  });

  test('four are not followed', async () => {
    expect(await given.fetch('/4')).toMatchObject({ error: 'too_many_redirects', http_status: 301 });
  });

  test.each([
    ['to itself', '/loop', ['/loop']],
    ['to where it came from', '/back', ['/back', '/forth']],
  ])('%s is not followed', async (_, path, asked) => {
    given.server.answers['/loop'] = (_request, response) =>
      response.writeHead(301, { location: '/loop' }).end();
    given.server.answers['/back'] = (_request, response) =>
      response.writeHead(301, { location: 'forth' }).end();
    given.server.answers['/forth'] = (_request, response) =>
      response.writeHead(302, { location: 'back' }).end();
    expect(await given.fetch(path)).toMatchObject({ error: 'too_many_redirects' });
    expect(given.server.requests.map((request) => request.path)).toEqual(asked);
  });

  test.each(['file:///etc/passwd', 'http://', undefined])('to %s is refused', async (location) => {
    given.server.answers['/feed'] = (_request, response) =>
      response.writeHead(302, location === undefined ? {} : { location }).end();
    expect(await given.fetch('/feed')).toMatchObject({ error: 'bad_redirect' });
  });

  test('each hop waits for its turn at its own host', async () => {
    await using other = await startFeedServer('localhost');
    given.server.answers['/feed'] = (_request, response) =>
      response.writeHead(302, { location: `${other.url}/feed` }).end();
    const hosts: string[] = [];
    const fetcher = given.fetcher();
    const request = {
      url: `${given.server.url}/feed`,
      validators: null,
      headers: {},
      trustedOrigins: new Set<string>(),
    };
    const inTurn = <T>(host: string, run: () => Promise<T>): Promise<T> => {
      hosts.push(host);
      return run();
    };
    await fetcher.fetch(request, inTurn, NEVER);
    expect(hosts).toEqual([`127.0.0.1:${given.server.port}`, `localhost:${other.port}`]);
  });
});

describe('addresses outside the public internet are refused', () => {
  const guarded = { allowPrivateAddresses: false };

  test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '0x7f.1', '[::1]', '169.254.169.254'])(
    '%s',
    async (host) => {
      const answer = await given.fetch(`http://${host}:${given.server.port}/feed`, {}, guarded);
      expect(answer).toMatchObject({ outcome: 'failed', error: 'refused_private_address' });
      expect(given.server.requests).toEqual([]);
    },
  );
});
