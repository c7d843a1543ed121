import { describe, expect, test } from 'vitest';
import { readBodyFacts } from './body-facts.ts';
import { statusOf } from './test-feed-server.ts';

const factsOf = (text: string, feed = 'station_status') => readBodyFacts(Buffer.from(text), feed);
const NO_FEED = { ttl: null, last_updated: null, isObject: false, isFeed: false };

test('a feed with stations is one, with its ttl and last_updated', () => {
  const facts = { ttl: 15, last_updated: 1_760_000_000, isObject: true, isFeed: true };
  expect(factsOf(JSON.stringify(statusOf([1, 2], 15)))).toEqual(facts);
  expect(factsOf(`\uFEFF${JSON.stringify(statusOf([1, 2], 15))}`)).toEqual(facts);
});

test('last_updated of GBFS 3.0 is read', () => {
  const body = '{"last_updated":"2025-10-09T08:53:20Z","ttl":0,"data":{"stations":[{}]}}';
  expect(factsOf(body)).toEqual({ ttl: 0, last_updated: 1_760_000_000, isObject: true, isFeed: true });
});

test.each(['', '<!doctype html><html></html>', '[]', 'null', '{"data":{"stations":[{"station_id"'])(
  '%j is no object',
  (text) => {
    expect(factsOf(text)).toEqual(NO_FEED);
  },
);

test.each(['{}', '{"error":"maintenance"}', '{"data":{"stations":[]}}', '{"data":{"stations":{}}}'])(
  '%j is an object, but nothing a 304 may refer to',
  (text) => {
    expect(factsOf(text)).toMatchObject({ isObject: true, isFeed: false });
  },
);

describe('a body too large to parse in passing', () => {
  const stations = Array.from({ length: 60_000 }, (_, id) => ({ station_id: String(id), ttl: 7 }));
  const rest = `"data":${JSON.stringify({ stations })}`;

  test('is read at its head', () => {
    const facts = factsOf(`{"last_updated":1760000000,"ttl":15,${rest}}`);
    expect(facts).toEqual({ ttl: 15, last_updated: 1_760_000_000, isObject: true, isFeed: true });
  });

  test('is no feed when it was cut', () => {
    expect(factsOf(`{"last_updated":1760000000,"ttl":15,${rest}}`.slice(0, -9))).toMatchObject({
      isFeed: false,
    });
  });

  test('is no feed when it is garbage', () => {
    expect(readBodyFacts(Buffer.alloc(2_000_000, 0xfe), 'station_status')).toEqual(NO_FEED);
  });
});
