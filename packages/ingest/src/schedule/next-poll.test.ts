import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { discoveryOf, json, statusOf } from '../fetch/test-feed-server.ts';
import { FEEDS, NEVER, TestRecorder } from './test-recorder.ts';

let given: TestRecorder;

beforeEach(async () => {
  given = await TestRecorder.start();
  given.serveCity();
});
afterEach(() => given[Symbol.asyncDispose]());

describe('a poll', () => {
  test('of a system whose discovery answers 410 comes once a day, whatever its feeds say, until discovery is back', async () => {
    const recorder = given.create();
    const { recorded, feed } = await given.discovered(recorder);
    given.server.answers['/gbfs.json'] = (_, response) => response.writeHead(410).end();
    expect(await recorder.pollOnce(recorded.discovery, NEVER)).toBeGreaterThanOrEqual(86_400);
    expect(await recorder.pollOnce(feed('station_status'), NEVER)).toBeGreaterThanOrEqual(86_400);
    // That it is away for a while does not undo it.
    given.server.answers['/gbfs.json'] = (_, response) => response.writeHead(503).end();
    expect(await recorder.pollOnce(recorded.discovery, NEVER)).toBeGreaterThanOrEqual(86_400);
    given.server.answers['/gbfs.json'] = json(discoveryOf(given.server.url, FEEDS));
    expect(await recorder.pollOnce(recorded.discovery, NEVER)).toBeLessThan(4000);
    expect(await recorder.pollOnce(feed('station_status'), NEVER)).toBeLessThan(20);
  });

  test('of a feed that answers 410 comes once a day, and of the others as before', async () => {
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    given.server.answers['/station_information'] = (_, response) => response.writeHead(410).end();
    expect(await recorder.pollOnce(feed('station_information'), NEVER)).toBeGreaterThanOrEqual(86_400);
    expect(await recorder.pollOnce(feed('station_status'), NEVER)).toBeLessThan(20);
  });

  test('that fails backs off, and Retry-After binds the other feeds of its host as well', async () => {
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    given.server.answers['/station_status'] = (_request, response) => response.writeHead(500).end();
    const waits = [];
    for (let i = 0; i < 4; i++) waits.push(await recorder.pollOnce(feed('station_status'), NEVER));
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(10 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(12.5 * 2 ** index);
    }
    given.server.answers['/station_status'] = (_request, response) =>
      response.writeHead(429, { 'retry-after': '600' }).end();
    expect(await recorder.pollOnce(feed('station_status'), NEVER)).toBeGreaterThanOrEqual(600);
    const asked = given.server.requests.length;
    expect(await recorder.pollOnce(feed('station_information'), NEVER)).toBeGreaterThan(590);
    expect(given.last()).toMatchObject({ outcome: 'failed', error: 'retry_after', http_status: null });
    expect(given.server.requests).toHaveLength(asked);
  });

  test.each([
    ['its ttl', 300, undefined, 300],
    ['the floor', 2, undefined, 10],
    ['what its settings ask for', 15, 120, 120],
    ['its ttl, though its settings allow more when it answers', 300, 5, 300],
  ])('that fails once is repeated no sooner than %s', async (_, ttl, interval_seconds, least) => {
    given.server.answers['/station_status'] = json(statusOf([1], ttl));
    const recorder = given.create();
    const { feed } = await given.discovered(recorder, { interval_seconds });
    await recorder.pollOnce(feed('station_status'), NEVER);
    given.server.answers['/station_status'] = (_request, response) => response.writeHead(500).end();
    const wait = await recorder.pollOnce(feed('station_status'), NEVER);
    expect(wait).toBeGreaterThanOrEqual(least);
    expect(wait).toBeLessThanOrEqual(least * 1.25);
  });

  test.each([-1, 'soon', [], true])('whose ttl is %j goes on with the ttl it had', async (ttl) => {
    given.server.answers['/station_status'] = json(statusOf([1], 300));
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    await recorder.pollOnce(feed('station_status'), NEVER);
    given.server.answers['/station_status'] = json({ ...(statusOf([1]) as object), ttl });
    expect(await recorder.pollOnce(feed('station_status'), NEVER)).toBeGreaterThanOrEqual(300);
  });

  test('whose ttl is beyond a year is made once a day', async () => {
    given.server.answers['/station_status'] = json(statusOf([1], 2 ** 31 - 1));
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    const wait = await recorder.pollOnce(feed('station_status'), NEVER);
    expect(wait).toBeGreaterThanOrEqual(86_400);
    expect(wait).toBeLessThanOrEqual(86_400 * 1.05);
  });

  test('that succeeds ends the back-off', async () => {
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    const good = given.server.answers['/station_status'];
    given.server.answers['/station_status'] = (_request, response) => response.writeHead(500).end();
    for (let i = 0; i < 4; i++) await recorder.pollOnce(feed('station_status'), NEVER);
    given.server.answers['/station_status'] = good as NonNullable<typeof good>;
    expect(await recorder.pollOnce(feed('station_status'), NEVER)).toBeLessThan(16);
  });
});
