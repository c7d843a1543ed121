import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UndecodableBody } from './decoded.ts';
import { decodeDiscovery } from './discovery.ts';
import { checkFeed } from './feed-check.ts';
import { FEEDS, feedNamed, namesOf } from './feeds.ts';

const NAMES = (Object.keys(FEEDS) as (keyof typeof FEEDS)[]).flatMap(namesOf);

/** Why a document is refused; null when it is not. */
function refusal(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof UndecodableBody) return error.reason;
    throw error;
  }
}

const list = fc.oneof(
  fc.constantFrom(null, {}, [], 'a', [null], [{}]),
  fc.array(fc.object(), { maxLength: 3 }),
);
const keys = [
  'stations',
  'vehicles',
  'bikes',
  'feeds',
  'versions',
  'vehicle_types',
  'alerts',
  'regions',
  'plans',
];
const content = fc.dictionary(fc.constantFrom(...keys, 'system_id', 'name', 'en', 'x'), list, { maxKeys: 3 });
const document = fc.oneof(
  fc.jsonValue(),
  content,
  content.map((data) => ({ ttl: 60, data })),
  content.map((feeds) => ({ data: { en: feeds } })),
);

test.each(NAMES)('of %s exactly those bodies succeed that can be decoded', (name) => {
  const decode = feedNamed(name)?.decode;
  fc.assert(
    fc.property(document, (body) => {
      const checked = refusal(() => checkFeed(name, body));
      if (name === 'gbfs')
        expect(checked).toBe(refusal(() => decodeDiscovery(body, 'https://bikes.example/')));
      else if (decode) expect(checked).toBe(refusal(() => decode(body)));
    }),
  );
});

test.each([
  ['station_status', { data: { stations: null } }, 'no_station_list'],
  ['station_information', { data: { stations: {} } }, 'no_station_list'],
  ['station_status', { error: 'maintenance' }, 'no_station_list'],
  ['station_status', { data: { stations: new Array(100_001).fill({}) } }, 'too_many_rows'],
  ['free_bike_status', { data: { bikes: null } }, 'no_vehicle_list'],
  ['gbfs', { data: { en: { feeds: null } } }, 'no_feed_list'],
  ['system_information', { data: { stations: [] } }, 'no_system_information'],
  ['station_status', [], 'not_a_feed'],
])('a body of %s without its list is no success', (name, body, reason) => {
  expect(refusal(() => checkFeed(name, body))).toBe(reason);
});

test('an empty list is a success; where there must be something it says nothing', () => {
  expect(checkFeed('station_status', { data: { stations: [] } }).saysNothing).toBe(true);
  expect(checkFeed('gbfs', { data: { en: { feeds: [] } } }).saysNothing).toBe(true);
  expect(checkFeed('vehicle_status', { data: { vehicles: [] } }).saysNothing).toBe(false);
  expect(checkFeed('station_status', { data: { stations: [{}] } }).saysNothing).toBe(false);
});
