import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { parseBody } from './body.ts';
import { type Decoded, UndecodableBody } from './decoded.ts';
import { decodeDiscovery } from './discovery.ts';
import { decodeGbfsVersions } from './feeds/gbfs-versions.ts';
import { decodeStationInformation } from './feeds/station-information.ts';
import { decodeStationStatus } from './feeds/station-status.ts';
import { decodeSystemInformation } from './feeds/system-information.ts';
import { COUNT_MAX } from './values/count.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from './values/timestamp.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`any-json: seed ${seed} (repeat with SEED=${seed})`);
const settings = { seed, numRuns: 300 };
// Generous, for a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 });

const text = z
  .string()
  .min(1)
  .refine((value) => value.isWellFormed() && !value.includes('\0'))
  .nullable();
const count = z.int().min(0).max(COUNT_MAX).nullable();
const flag = z.boolean().nullable();
const time = z.int().min(EARLIEST_TIMESTAMP).max(LATEST_TIMESTAMP);
const station_id = text.unwrap().max(255);
const webUrl = z.url({ protocol: /^https?$/ });

/** What the other packages and the tables rely on, whatever a feed sends. */
const promised = {
  status: z.strictObject({
    station_id,
    num_bikes_available: count,
    num_docks_available: count,
    num_bikes_disabled: count,
    num_docks_disabled: count,
    is_installed: flag,
    is_renting: flag,
    is_returning: flag,
    last_reported: time.max(LATEST_TIMESTAMP + 86_400).nullable(),
  }),
  information: z.strictObject({
    station_id,
    name: text,
    lat: z.number().min(-90).max(90).nullable(),
    lon: z.number().min(-180).max(180).nullable(),
    capacity: count,
  }),
  system: z.strictObject({
    system_id: text,
    name: text,
    operator: text,
    timezone: text,
    url: webUrl.nullable(),
    license_url: webUrl.nullable(),
    language: text,
  }),
  version: z.strictObject({ version: text.unwrap(), url: webUrl }),
  feed: z.strictObject({ name: text.unwrap(), url: webUrl }),
};
const tally = z.record(z.string().regex(/^[a-z0-9_]+$/), z.int().min(1));

function promisedBody(row: z.ZodType) {
  return z.strictObject({
    rows: z.array(row),
    version: z.string().nullable(),
    last_updated: time.nullable(),
    ttl: z.int().min(0).nullable(),
    skipped: tally,
    coerced: tally,
  });
}

const decoders: [name: string, decode: (document: unknown) => Decoded<unknown>, body: z.ZodType][] = [
  ['decodeStationStatus', decodeStationStatus, promisedBody(promised.status)],
  [
    'decodeStationInformation',
    (document) => decodeStationInformation(document, ['en']),
    promisedBody(promised.information),
  ],
  [
    'decodeSystemInformation',
    (document) => decodeSystemInformation(document, ['en']),
    promisedBody(promised.system),
  ],
  [
    'decodeGbfsVersions',
    (document) => decodeGbfsVersions(document, 'https://example.com/'),
    promisedBody(promised.version),
  ],
  [
    'decodeDiscovery',
    (document) => decodeDiscovery(document, 'https://example.com/gbfs.json', ['en']),
    promisedBody(promised.feed),
  ],
];

/** Any value, but often one that comes near a value of a feed: fully random JSON hardly ever gets past the first check. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    0,
    1,
    -1,
    -0,
    1.5,
    32_767,
    32_768,
    86_400,
    1e300,
    true,
    false,
    null,
    '',
    ' ',
    '1',
    'true',
    'null',
    'x:null',
  ),
  fc.constantFrom(
    '12',
    '-1',
    'a\0b',
    '\ud800',
    'https://example.com/a',
    'http://example.com',
    '//x',
    'file:///x',
    'Europe/Oslo',
  ),
  fc.integer({ min: -1, max: 40_000 }),
  fc.integer({ min: 0, max: LATEST_TIMESTAMP * 2 }),
  fc.integer({ min: 0, max: LATEST_TIMESTAMP }).map((seconds) => new Date(seconds * 1000).toISOString()),
  fc.double({ min: -200, max: 200, noNaN: true }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.array(
    fc.record(
      { text: fc.jsonValue({ maxDepth: 1 }), language: fc.constantFrom('en', 'nb', 1) },
      { requiredKeys: [] },
    ),
    { maxLength: 3 },
  ),
);

function someOf(fields: string[]): fc.Arbitrary<object> {
  return fc.record(Object.fromEntries(fields.map((field) => [field, value])), { requiredKeys: [] });
}

const station = fc.oneof(
  someOf([...Object.keys(promised.status.shape), 'num_vehicles_available', 'num_vehicles_disabled']),
  someOf(Object.keys(promised.information.shape)),
  someOf(['station_id', 'data']),
  value,
);
const feeds = fc.record({ feeds: fc.array(fc.oneof(someOf(['name', 'url']), value)) });
const data = fc.oneof(
  fc.record({ stations: fc.array(station, { maxLength: 8 }) }),
  someOf([...Object.keys(promised.system.shape), 'languages', 'license_id']),
  fc.record({ versions: fc.array(fc.oneof(someOf(['version', 'url']), value)) }),
  feeds,
  fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(feeds, value), { maxKeys: 3 }),
  value,
);
const document = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record(
      { last_updated: value, ttl: value, version: value, data },
      { requiredKeys: ['data'] },
    ),
  },
  { weight: 1, arbitrary: data },
  { weight: 1, arbitrary: fc.jsonValue() },
);

describe.each(decoders)('%s', (_name, decode, body) => {
  test('turns any JSON value into what is promised, or refuses it as UndecodableBody', () => {
    fc.assert(
      fc.property(document, (anything) => {
        try {
          expect(body.safeParse(decode(anything)).error?.issues ?? []).toEqual([]);
        } catch (error) {
          if (!(error instanceof UndecodableBody)) throw error;
        }
      }),
      settings,
    );
  });
});

test('parseBody turns any bytes into a JSON value, or refuses them as UndecodableBody', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.json().map((json) => new TextEncoder().encode(json)),
  );
  fc.assert(
    fc.property(bytes, (anything) => {
      try {
        parseBody(anything);
      } catch (error) {
        if (!(error instanceof UndecodableBody)) throw error;
      }
    }),
    settings,
  );
});

test('every listed row is either a row or counted as skipped, and no station is there twice', () => {
  fc.assert(
    fc.property(fc.array(station, { maxLength: 10 }), (stations) => {
      const { rows, skipped } = decodeStationStatus({ data: { stations } });
      const left = Object.values(skipped).reduce((sum, times) => sum + times, 0);
      expect(rows.length + left).toBe(stations.length);
      expect(new Set(rows.map((row) => row.station_id)).size).toBe(rows.length);
    }),
    settings,
  );
});

test('a station reads the same whether its values fit the specification or have to be repaired to it', () => {
  const numbers = fc.integer({ min: 0, max: COUNT_MAX });
  const fitting = fc.record({
    num_bikes_available: numbers,
    num_docks_available: numbers,
    is_renting: fc.boolean(),
    last_reported: fc.integer({ min: EARLIEST_TIMESTAMP, max: LATEST_TIMESTAMP }),
  });
  const read = (values: object) =>
    decodeStationStatus({ data: { stations: [{ station_id: 'a', ...values }] } });
  fc.assert(
    fc.property(fitting, (values) => {
      const plain = read(values);
      const repaired = read(
        Object.fromEntries(Object.entries(values).map(([field, it]) => [field, String(it)])),
      );
      expect(repaired.rows).toEqual(plain.rows);
      expect(repaired.rows).toEqual(read({ ...values, last_reported: values.last_reported * 1000 }).rows);
      expect(plain.coerced).toEqual({});
      expect(repaired.coerced).toEqual({ count_text: 2, flag_text: 1, last_reported_text: 1 });
    }),
    settings,
  );
});
