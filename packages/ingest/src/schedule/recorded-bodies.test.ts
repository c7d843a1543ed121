import { pollId } from '@velolog/stream/poll-record';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Feed } from '../fetch/feed.ts';
import { jsonWithEtag, statusOf } from '../fetch/test-feed-server.ts';
import type { BodyFate } from '../publish/publish-buffer.ts';
import { NEVER, TestRecorder } from './test-recorder.ts';

let given: TestRecorder;

beforeEach(async () => {
  given = await TestRecorder.start();
  given.serveCity();
});
afterEach(() => given[Symbol.asyncDispose]());

describe('one poll', () => {
  test('that finds nothing new is published without a body, and shares the fate of the body it means', async () => {
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    await recorder.pollOnce(feed('station_status'), NEVER);
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(given.last()).toMatchObject({
      outcome: 'unchanged',
      http_status: 304,
      etag: '"a"',
      body: Buffer.alloc(0),
    });
    expect(given.published.at(-1)?.fate).toBe(given.published.at(-2)?.fate);
  });

  test('that finds nothing new names the body it means, also after failures', async () => {
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    await recorder.pollOnce(feed('station_status'), NEVER);
    const body_id = pollId(given.last());
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(given.last()).toMatchObject({ outcome: 'unchanged', body_id });
    const good = given.server.answers['/station_status'];
    given.server.answers['/station_status'] = (_request, response) => response.writeHead(500).end();
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(given.last()).toMatchObject({ outcome: 'failed', body_id: null });
    given.server.answers['/station_status'] = good as NonNullable<typeof good>;
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(given.last()).toMatchObject({ outcome: 'unchanged', body_id });
  });

  test('asks for the whole body before an hour is over, whatever the wall clock does', async () => {
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    const status = feed('station_status');
    await recorder.pollOnce(status, NEVER);
    const known = status.knownBody as NonNullable<Feed['knownBody']>;
    known.fetchedAtMs -= 50 * 60_000;
    await recorder.pollOnce(status, NEVER);
    expect(given.last()).toMatchObject({ outcome: 'unchanged' });
    known.fetchedAtMs -= 6 * 60_000;
    await recorder.pollOnce(status, NEVER);
    expect(given.last()).toMatchObject({ outcome: 'fetched' });
    await recorder.pollOnce(status, NEVER);
    expect(given.last()).toMatchObject({ outcome: 'unchanged' });
  });

  test('after one whose body Kafka refused for its size is a failure with back-off, until Kafka takes one or it is smaller', async () => {
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    const status = feed('station_status');
    const refuse = () =>
      Object.assign(given.published.at(-1)?.fate as BodyFate, { dropped: true, tooLarge: true });
    const usual = await recorder.pollOnce(status, NEVER);
    refuse();
    await recorder.pollOnce(status, NEVER);
    refuse();
    expect(await recorder.pollOnce(status, NEVER)).toBeGreaterThan(usual);
    expect(status.failuresInARow).toBe(2);
    expect(given.last()).toMatchObject({ outcome: 'fetched' });
    await recorder.pollOnce(status, NEVER);
    expect([status.failuresInARow, given.last().outcome]).toEqual([0, 'unchanged']);

    given.server.answers['/station_status'] = jsonWithEtag(statusOf([1, 2, 3, 4, 5, 6], 15), '"many"');
    await recorder.pollOnce(status, NEVER);
    refuse();
    given.server.answers['/station_status'] = jsonWithEtag(statusOf([1, 2], 15), '"few"');
    await recorder.pollOnce(status, NEVER);
    expect(status.failuresInARow).toBe(0);
  });

  test('that brought a body older than the one before keeps no ETag, so that no 304 can mean it', async () => {
    const answer = (last_updated: number, etag: string) =>
      jsonWithEtag(Object.assign({}, statusOf([1, 2], 15), { last_updated }), etag);
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    const status = feed('station_status');
    given.server.answers['/station_status'] = answer(1_781_524_800, '"new"');
    await recorder.pollOnce(status, NEVER);
    given.server.answers['/station_status'] = answer(1_781_524_700, '"old"');
    for (let poll = 0; poll < 2; poll++) {
      await recorder.pollOnce(status, NEVER);
      expect(given.last()).toMatchObject({ outcome: 'fetched', etag: '"old"' });
    }
    // The publisher has corrected its clock: nothing else came for an hour.
    const { newestBody } = status;
    if (newestBody?.olderSinceMs) newestBody.olderSinceMs -= 3_600_001;
    await recorder.pollOnce(status, NEVER);
    await recorder.pollOnce(status, NEVER);
    expect(given.last()).toMatchObject({ outcome: 'unchanged', etag: '"old"' });
  });

  test('after a body was lost on its way to Kafka asks for the whole body again', async () => {
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    await recorder.pollOnce(feed('station_status'), NEVER);
    (given.published.at(-1)?.fate as BodyFate).dropped = true;
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(given.last()).toMatchObject({ outcome: 'fetched' });
    expect(given.published.at(-1)?.fate).toEqual({ dropped: false });
  });

  test.each([
    ['HTML', '<!doctype html>'],
    ['a cut body', '{"data":{"stations":[{'],
    ['an error document', '{"error":"maintenance"}'],
    ['an empty list', '{"data":{"stations":[]}}'],
    ['nothing', ''],
  ])('that brought %s keeps no ETag, so that no 304 can mean it', async (_, body) => {
    given.server.answers['/station_status'] = (request, response) =>
      response.writeHead(request.headers['if-none-match'] ? 304 : 200, { etag: '"bad"' }).end(body);
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(given.last()).toMatchObject({ outcome: 'fetched', body: Buffer.from(body) });
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(given.last()).toMatchObject({ outcome: 'fetched' });
  });

  test('that failed keeps the ETag of the last good body', async () => {
    const recorder = given.create();
    const { feed } = await given.discovered(recorder);
    const good = given.server.answers['/station_status'];
    await recorder.pollOnce(feed('station_status'), NEVER);
    given.server.answers['/station_status'] = (_request, response) => response.writeHead(500).end();
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(given.last()).toMatchObject({ outcome: 'failed', error: 'http_500', http_status: 500 });
    given.server.answers['/station_status'] = good as NonNullable<typeof good>;
    await recorder.pollOnce(feed('station_status'), NEVER);
    expect(given.last()).toMatchObject({ outcome: 'unchanged' });
  });
});
