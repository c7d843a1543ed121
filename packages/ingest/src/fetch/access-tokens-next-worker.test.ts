import { afterEach, beforeEach, expect, test } from 'vitest';
import { never, TokenIngest } from './test-token-ingest.ts';

/** What a worker that starts after another, or takes a system over from it, does about access tokens. */

let ingest: TokenIngest;
beforeEach(async () => {
  ingest = await TokenIngest.start();
});
afterEach(() => ingest[Symbol.asyncDispose]());

test('an ingest that crashes again and again asks for ever fewer tokens, and one that is restarted later asks at once', async () => {
  const asks: number[] = [];
  for (const startsApart of [3000, 20_000]) {
    for (let start = 0; start < 60; start++) {
      ingest.restart();
      const crash = new AbortController();
      const before = ingest.issued;
      const poll = ingest.recorder.pollOnce(ingest.guardedSystem().discovery, crash.signal);
      const isHeld = await Promise.race([poll.then(() => false), untilHeld().then(() => true)]);
      crash.abort(new Error('a crash'));
      if (isHeld) await expect(poll).rejects.toThrow('a crash');
      if (ingest.issued > before) asks.push(ingest.nowMs);
      ingest.pass(startsApart);
    }
  }
  const gaps = asks.slice(1).map((atMs, index) => (atMs - (asks[index] ?? 0)) / 1000);
  expect(gaps.length).toBeGreaterThan(4);
  expect(gaps.filter((gap) => gap < 10)).toEqual([]);
  expect(gaps.slice(3).filter((gap) => gap < 30)).toEqual([]);
  expect(Math.max(...gaps)).toBeGreaterThan(120);
  ingest.pass(2 * 3_600_000);
  ingest.restart();
  await untilQuiet();
  const before = ingest.issued;
  await ingest.discovered();
  expect(ingest.issued).toBe(before + 1);
  expect(ingest.last()).toMatchObject({ outcome: 'fetched' });
});

/** Until the publisher has answered what workers asked just before they crashed. */
const untilQuiet = async (): Promise<void> => {
  let seen = -1;
  const isQuiet = () => {
    const was = seen;
    seen = ingest.issued;
    return was === seen;
  };
  await expect.poll(isQuiet, { interval: 100 }).toBe(true);
};

/** Until a poll waits for the time of a token. */
const untilHeld = async (): Promise<void> => {
  await expect.poll(() => ingest.timers.length, { interval: 2, timeout: 10_000 }).toBeGreaterThan(0);
};

test('a system that moves between new workers, one after the other, waits at most 40 seconds for a token, and its poll waits with it', async () => {
  const waited: number[] = [];
  for (let worker = 0; worker < 8; worker++) {
    ingest.restart();
    const fromMs = ingest.nowMs;
    let isDone = false;
    const poll = ingest.recorder.pollOnce(ingest.guardedSystem().discovery, never).then((seconds) => {
      isDone = true;
      return seconds;
    });
    while (!isDone) {
      await Promise.race([poll, untilHeld()]);
      if (!isDone) ingest.pass(100);
    }
    // The feed did not fail meanwhile, which would put its next polls off.
    expect(await poll).toBeGreaterThan(3000);
    waited.push((ingest.nowMs - fromMs) / 1000);
    ingest.pass(1000);
  }
  expect(ingest.published.map(({ outcome }) => outcome)).toEqual(Array(8).fill('fetched'));
  expect(ingest.issued).toBe(8);
  expect(waited[1]).toBeGreaterThan(8);
  expect(Math.max(...waited)).toBeLessThan(40);
});

test('a server of tokens that fails, or asks to be left alone, is left alone by the next ingest, too', async () => {
  ingest.server.answers['/token'] = (_, response) => response.writeHead(429, { 'retry-after': '600' }).end();
  await ingest.discovered();
  expect(ingest.waits).toEqual([[new URL(ingest.server.url).host, expect.closeTo(600, 0)]]);
  for (const minutes of [1, 4, 4]) {
    ingest.nowMs += minutes * 60_000;
    ingest.restart();
    await ingest.discovered();
    expect(ingest.last()).toMatchObject({ outcome: 'failed', error: 'token_unavailable' });
  }
  expect(ingest.asked('/token').length).toBe(1);
  ingest.server.answers['/token'] = ingest.giveToken({});
  ingest.nowMs += 120_000;
  ingest.restart();
  await ingest.discovered();
  expect(ingest.last()).toMatchObject({ outcome: 'fetched' });
});

test('a worker that takes a system over keeps its own token, and waits with the next one as long as the worker before', async () => {
  const feed = await ingest.discovered();
  const [key = ''] = ingest.notes.keys();
  ingest.recorder.recallToken(key, { notBeforeMs: ingest.nowMs + 500_000, failures: 2, starts: 1 });
  await ingest.recorder.pollOnce(feed, never);
  expect(ingest.last()).toMatchObject({ feed: 'station_status', outcome: 'fetched' });
  ingest.valid.clear();
  ingest.nowMs += 499_000;
  await ingest.recorder.pollOnce(feed, never);
  expect(ingest.last()).toMatchObject({ outcome: 'failed' });
  expect(ingest.issued).toBe(1);
  ingest.nowMs += 2000;
  await ingest.recorder.pollOnce(feed, never);
  expect(ingest.last()).toMatchObject({ outcome: 'fetched' });
  expect(ingest.issued).toBe(2);
});

test('what another worker knew of a token endpoint does not shorten the wait of this one', async () => {
  ingest.server.answers['/token'] = (_, response) => response.writeHead(500).end();
  const discovery = await ingest.discovered();
  const [key = ''] = ingest.notes.keys();
  ingest.recorder.recallToken(key, { notBeforeMs: ingest.nowMs - 1000, failures: 0, starts: 0 });
  ingest.nowMs += 10_000;
  await ingest.recorder.pollOnce(discovery, never);
  expect(ingest.last()).toMatchObject({ outcome: 'failed', error: 'token_unavailable' });
  expect(ingest.asked('/token').length).toBe(1);
});

test('notes for the next ingest worker contain no client, secret or token', async () => {
  await ingest.discovered('city', { client_id: 'client-of-ours' });
  const written = JSON.stringify([...ingest.notes]);
  expect(ingest.notes.size).toBe(1);
  for (const hidden of ['client-of-ours', 's3cret', 'token-1', ingest.server.url])
    expect(written).not.toContain(hidden);
});
