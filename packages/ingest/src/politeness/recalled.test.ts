import { describe, expect, test } from 'vitest';
import { createSystem } from '../fetch/feed.ts';
import { system } from '../sources/system.ts';
import { noteOf, parseFeedNote } from './feed-note.ts';
import { type LogBounds, recalledFeed } from './recalled.ts';

const NOW = 1_000_000;
const kept = { topic: 'velolog.polls', topicId: 'one', partition: 3, offset: 50n };

function polledFeed(settings: object = {}) {
  const { discovery } = createSystem(
    system.parse({ id: 'city', discovery_url: 'https://bikes.example/gbfs', ...settings }),
  );
  return Object.assign(discovery, {
    dueAtMs: NOW + 60_000,
    notBeforeMs: NOW + 10_000,
    askedAtMs: NOW - 500,
    failuresInARow: 3,
    ttlSeconds: 30,
    knownBody: {
      validators: { etag: '"a"', last_modified: null },
      fate: { dropped: false, kept },
      id: 'city/gbfs/then',
      fetchedAtMs: NOW - 1000,
    },
  });
}

const bounds =
  (low: bigint, high: bigint, topicId = 'one'): LogBounds =>
  () => ({ topicId, partitions: new Map([[3, { low, high }]]) });

/** As read by a worker whose clock shows something else, so long after it was written. */
function recalled(feed: ReturnType<typeof polledFeed>, elapsedMs: number, log: LogBounds = bounds(0n, 100n)) {
  const note = parseFeedNote(JSON.stringify(noteOf(feed, NOW)));
  if (note === null) throw new Error('no note');
  return recalledFeed({ place: '', feed: 'gbfs', note, elapsedMs }, 5000, log);
}

test('a feed is due when it would have been, whatever the clocks of the two workers show', () => {
  expect(recalled(polledFeed(), 20_000)).toMatchObject({
    dueAtMs: 5000 + 40_000,
    notBeforeMs: 5000,
    askedAtMs: 5000 - 20_500,
    failuresInARow: 3,
    ttlSeconds: 30,
  });
});

test('a clock of the broker that is set back makes nothing due sooner', () => {
  expect(recalled(polledFeed(), 0)).toMatchObject({ dueAtMs: 5000 + 60_000 });
});

test('a feed that was being asked waits as after a failed poll, from now on', () => {
  const feed = Object.assign(polledFeed(), { underWay: true, dueAtMs: NOW + 30_000 });
  expect(recalled(feed, 20_000)).toMatchObject({ dueAtMs: 5000 + 30_000, notBeforeMs: 5000 + 30_000 });
});

describe('its ETag', () => {
  test('is used again while Kafka has the body that it means', () => {
    expect(recalled(polledFeed(), 20_000).knownBody).toMatchObject({
      id: 'city/gbfs/then',
      validators: { etag: '"a"' },
      fetchedAtMs: 5000 - 21_000,
    });
  });

  test.each([
    ['retention has removed it', bounds(51n, 100n)],
    ['the log was cut before it', bounds(0n, 50n)],
    ['the topic was recreated', bounds(0n, 100n, 'two')],
    ['there is no such topic', () => null],
  ])('is forgotten where %s', (_, log) => {
    expect(recalled(polledFeed(), 20_000, log).knownBody).toBeNull();
  });

  test.each([
    ['Kafka has not acknowledged its body', { dropped: false }],
    ['its body was dropped', { dropped: true, kept }],
  ])('is not written down while %s', (_, fate) => {
    const feed = polledFeed();
    Object.assign(feed.knownBody, { fate });
    expect(noteOf(feed, NOW)).not.toHaveProperty('body');
  });
});

test('a URL with a key or a token is not stored; discovery has to give it again', () => {
  const feed = polledFeed({ headers: { 'X-Key': 'abcdef123456' } });
  for (const url of [
    'https://bikes.example/status?api_key=1234567',
    'https://bikes.example/abcdef123456/status',
    'https://bikes.example/t0ken-of-today/status',
  ]) {
    feed.system.tokens.add('t0ken-of-today');
    expect(noteOf(Object.assign(feed, { url }), NOW)).not.toHaveProperty('url');
  }
  expect(noteOf(Object.assign(feed, { url: 'https://bikes.example/status' }), NOW)).toMatchObject({
    url: 'https://bikes.example/status',
  });
});

test.each(['', '{', 'null', '{"due_in_ms":"soon"}', '[]'])('%j is no note', (text) => {
  expect(parseFeedNote(text)).toBeNull();
});
