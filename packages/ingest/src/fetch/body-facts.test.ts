import { parseBody } from '@velolog/gbfs/body';
import type { UndecodableBody } from '@velolog/gbfs/decoded';
import { decodeVehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import { describe, expect, test } from 'vitest';
import { readBodyFacts } from './body-facts.ts';
import { statusOf } from './test-feed-server.ts';

const factsOf = (text: string, feed = 'station_status') => readBodyFacts(Buffer.from(text), feed);
/** What the store says of it. */
function refusalOf(body: Buffer): string | null {
  try {
    decodeVehicleStatus(parseBody(body));
    return null;
  } catch (error) {
    return (error as UndecodableBody).reason;
  }
}

const NO_FEED = { ttl: null, ttlIsUnreadable: false, last_updated: null, isFeed: false };

test('a feed with stations is one, with its ttl and last_updated', () => {
  const facts = { problem: null, ttl: 15, ttlIsUnreadable: false, last_updated: 1_760_000_000, isFeed: true };
  expect(factsOf(JSON.stringify(statusOf([1, 2], 15)))).toEqual(facts);
  expect(factsOf(`\uFEFF${JSON.stringify(statusOf([1, 2], 15))}`)).toEqual(facts);
});

test('last_updated of GBFS 3.0 is read', () => {
  const body = '{"last_updated":"2025-10-09T08:53:20Z","ttl":0,"data":{"stations":[{}]}}';
  expect(factsOf(body)).toMatchObject({ problem: null, ttl: 0, last_updated: 1_760_000_000 });
});

test.each([
  ['', 'empty_body'],
  ['<!doctype html><html></html>', 'not_json'],
  ['{"data":{"stations":[{"station_id"', 'not_json'],
  ['[]', 'not_a_feed'],
  ['null', 'not_a_feed'],
  ['{}', 'no_station_list'],
  ['{"error":"maintenance"}', 'no_station_list'],
  ['{"data":{"stations":null}}', 'no_station_list'],
  ['{"data":{"stations":{}}}', 'no_station_list'],
])('%j is no feed: %s', (text, problem) => {
  expect(factsOf(text)).toEqual({ ...NO_FEED, problem });
});

test('an empty list is a list, but nothing a 304 may refer to', () => {
  expect(factsOf('{"data":{"stations":[]}}')).toMatchObject({ problem: null, isFeed: false });
});

test('a senseless ttl is distinguished from a missing one', () => {
  const ttl = (value: string) => factsOf(`{"ttl":${value},"data":{"stations":[{}]}}`);
  expect(ttl('-1')).toMatchObject({ ttl: null, ttlIsUnreadable: true });
  expect(ttl('null')).toMatchObject({ ttl: null, ttlIsUnreadable: false });
});

describe('a body too large to parse in passing', () => {
  test.each([
    [100_000, null],
    [100_001, 'too_many_rows'],
  ])('is refused for its rows as the store refuses it: %i, %s', (rows, problem) => {
    const bike = {
      bike_id: 'a vehicle with an id as long as those that are drawn by chance',
      lat: 59,
      lon: 10,
    };
    const body = Buffer.from(
      JSON.stringify({ last_updated: 1_760_000_000, data: { bikes: new Array(rows).fill(bike) } }),
    );
    expect(body.length).toBeGreaterThan(8 * 1024 * 1024);
    expect(readBodyFacts(body, 'free_bike_status')).toMatchObject({ problem, isFeed: problem === null });
    expect(refusalOf(body)).toBe(problem);
  });

  const stations = Array.from({ length: 60_000 }, (_, id) => ({
    station_id: String(id),
    name: 'x'.repeat(150),
    ttl: 7,
  }));
  const rest = `"data":${JSON.stringify({ stations })}`;

  test('is read at its head', () => {
    const facts = factsOf(`{"last_updated":1760000000,"ttl":15,${rest}}`);
    expect(facts).toEqual({
      problem: null,
      ttl: 15,
      ttlIsUnreadable: false,
      last_updated: 1_760_000_000,
      isFeed: true,
    });
  });

  test('is no feed when it was cut', () => {
    expect(factsOf(`{"last_updated":1760000000,"ttl":15,${rest}}`.slice(0, -9))).toMatchObject({
      problem: 'not_json',
    });
  });

  test.each(['null', '{}', '[]'])('whose stations are %s is reported like a small one', (list) => {
    const padding = 'x'.repeat(9_000_000);
    const text = `{"padding":"${padding}","ttl":-5,"data":{"stations":${list}}}`;
    const small = factsOf(text.replace(padding, ''));
    expect(factsOf(text)).toEqual(small);
  });

  test('is no feed when it is garbage', () => {
    expect(readBodyFacts(Buffer.alloc(9_000_000, 0xfe), 'station_status')).toMatchObject({
      ...NO_FEED,
      problem: 'not_json',
    });
  });
});
