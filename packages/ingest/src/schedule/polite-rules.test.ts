import { expect, test } from 'vitest';
import { findBreaches, type SeenRequest } from './test-polite-rules.ts';

/** The rules themselves are tried here, so that the hour of requests is not measured by one that sees nothing. */
function seen(atSeconds: number, more: Partial<SeenRequest> = {}): SeenRequest {
  const atMs = atSeconds * 1000;
  return {
    host: 'gbfs.bikes.example',
    feed: 'city/station_status',
    kind: 'live',
    atMs,
    endMs: atMs,
    answer: 'good',
    ttlSeconds: null,
    retryAfterSeconds: null,
    intervalSeconds: null,
    ...more,
  };
}

const bad = { answer: 'bad' } as const;
const fixed = { kind: 'static' } as const;

test.each([
  ['sooner than the floor', [seen(0), seen(9.9)]],
  ['sooner than the ttl', [seen(0, { ttlSeconds: 60 }), seen(59)]],
  ['sooner than the ttl before a senseless one', [seen(0, { ttlSeconds: 60 }), seen(60), seen(100)]],
  ['sooner than the ttl after a failure', [seen(0, { ttlSeconds: 60 }), seen(60, bad), seen(110)]],
  [
    'sooner than the ttl after a reset',
    [seen(0, { ttlSeconds: 60 }), seen(60, { answer: 'reset' }), seen(61)],
  ],
  ['from the start of a slow poll, not its end', [seen(0, { endMs: 5000 }), seen(11)]],
  ['the second failure as the first', [seen(0, bad), seen(10, bad), seen(21)]],
  ['static feeds within the hour', [seen(0, fixed), seen(3000, fixed)]],
  ['a static feed that fails again and again', [seen(0, { ...fixed, ...bad }), seen(20, fixed)]],
  ['two starts within half a second', [seen(0), seen(0.4, { feed: 'b', host: 'api.bikes.example:8080' })]],
  ['three at once', [seen(0, { endMs: 9000 }), seen(1, { feed: 'b', endMs: 9000 }), seen(2, { feed: null })]],
  [
    'another feed before Retry-After is over',
    [seen(0, { ...bad, retryAfterSeconds: 30 }), seen(29, { feed: 'b' })],
  ],
])('%s is a breach', (_, requests) => {
  expect(findBreaches(requests)).toHaveLength(1);
});

test.each([
  ['at the ttl', [seen(0, { ttlSeconds: 60 }), seen(60)]],
  ['a setting below the ttl', [seen(0, { ttlSeconds: 60, intervalSeconds: 5 }), seen(5)]],
  ['doubled waits up to an hour', [seen(0, bad), seen(10, bad), seen(30, bad), seen(70, bad)]],
  [
    'another host of the domain',
    [seen(0, { ...bad, retryAfterSeconds: 30 }), seen(1, { feed: 'b', host: 'b.bikes.example' })],
  ],
  ['another domain at once', [seen(0), seen(0, { feed: 'b', host: 'a.other.example' })]],
])('%s is none', (_, requests) => {
  expect(findBreaches(requests)).toEqual([]);
});
