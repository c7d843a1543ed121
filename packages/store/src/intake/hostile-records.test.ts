import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anyText } from '../../../../test/any-text.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

/** Too long for an index of PostgreSQL, however well it is compressed. */
const LONG = Array.from({ length: 20_000 }, (_, index) =>
  String.fromCharCode(33 + ((index * index) % 90)),
).join('');
const TEXTS = [
  '',
  ' ',
  '0',
  'NaN',
  'null',
  'infinity',
  'a\0b',
  '\ud800',
  'e\u0301',
  LONG,
  '9999-12-31T23:59:59Z',
];
const NUMBERS = [-1, 1.5, 32_768, 2 ** 31, 2 ** 53, 1e308, 1_700_000_000, 1_700_000_000_000, 8.64e15];
const OTHERS = [null, true, [], {}, [{ text: 'a\0', language: 'en' }], [{ text: LONG, language: LONG }]];
const value = fc.oneof(fc.constantFrom(...TEXTS, ...NUMBERS, ...OTHERS), fc.jsonValue(), anyText(10));
const anyOf = (names: string) =>
  fc.record(Object.fromEntries(names.split(' ').map((name) => [name, value])), { requiredKeys: [] });

const station = anyOf(
  `station_id name lat lon capacity num_bikes_available num_vehicles_available num_docks_available num_bikes_disabled
   num_docks_disabled is_installed is_renting is_returning last_reported`.replaceAll(/\s+/g, ' '),
);
const data = fc.oneof(
  fc.record({ stations: fc.oneof(fc.array(station, { maxLength: 6 }), value) }),
  anyOf('system_id name operator timezone language url license_url versions feeds'),
);
const body = fc.record({ last_updated: value, ttl: value, version: value, data }, { requiredKeys: ['data'] });
const feed = fc.constantFrom('station_status', 'station_information', 'system_information', 'gbfs');

describe('a record that a database cannot keep stops no partition', () => {
  test('whatever its body holds', async () => {
    let second = 0;
    await fc.assert(
      fc.asyncProperty(feed, body, fc.boolean(), async (feed, body, restarted) => {
        second += 30;
        if (restarted) store.restart();
        await store.record({ system_id: 'bodies', feed, second, body });
      }),
      { numRuns: 300 },
    );
    expect(await store.ask(`select from api.feed_coverage where system_id = 'bodies'`)).not.toEqual([]);
  });

  test.each(['system_id', 'feed', 'source', 'error', 'etag', 'content_type'])(
    'whatever %s says',
    async (name) => {
      for (const [index, text] of TEXTS.entries()) {
        for (const outcome of ['fetched', 'unchanged', 'failed'] as const) {
          const given = {
            system_id: `its-${name}`,
            second: index * 30,
            outcome,
            body: { data: { stations: [] } },
          };
          await store.record({ ...given, [name]: text });
        }
      }
      await store.poll(`its-${name}`, 10_000, [{ station_id: '1', num_bikes_available: 3 }]);
      expect(
        await store.ask('select num_bikes_available from api.station_current where system_id = $1', [
          `its-${name}`,
        ]),
      ).toEqual([{ num_bikes_available: 3 }]);
    },
  );
});
