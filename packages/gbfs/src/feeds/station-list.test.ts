import { describe, expect, test } from 'vitest';
import { parseBody } from '../body.ts';
import { decodeStationStatus } from './station-status.ts';

function decode(stations: unknown[]) {
  return decodeStationStatus({ last_updated: 1_700_000_000, ttl: 15, version: '2.3', data: { stations } });
}

describe('defects of identity and membership', () => {
  test.each([
    ['a number becomes its decimal text (Bicing)', 204, '204', { station_id_number: 1 }],
    ['leading zeros of text are kept (docomo)', '00010138', '00010138', {}],
    ['a prefixed id is opaque (Entur)', 'YOS:Station:599', 'YOS:Station:599', {}],
    ['blanks and letters beyond ASCII are allowed', 'Größe 1', 'Größe 1', {}],
    ['an id that merely ends like "null" is an id', 'vannull', 'vannull', {}],
  ])('station_id: %s', (_claim, station_id, expected, coerced) => {
    const decoded = decode([{ station_id }]);
    expect(decoded.rows.map((row) => row.station_id)).toEqual([expected]);
    expect(decoded.coerced).toEqual(coerced);
  });

  test.each([
    ['null (sharedmobility.ch)', { station_id: null }, 'station_id_missing'],
    ['"emobility:null" (motis#437)', { station_id: 'emobility:null' }, 'station_id_missing'],
    ['absent', { num_bikes_available: 1 }, 'station_id_missing'],
    ['blank', { station_id: '  ' }, 'station_id_missing'],
    ['a list', { station_id: ['1'] }, 'station_id_unusable'],
    ['a number too large to be exact', { station_id: 2 ** 53 }, 'station_id_unusable'],
    ['a negative number', { station_id: -1 }, 'station_id_unusable'],
    ['U+0000, which PostgreSQL refuses', { station_id: 'a\0b' }, 'station_id_unusable'],
    ['half a surrogate pair, which UTF-8 cannot hold', { station_id: 'a\ud800' }, 'station_id_unusable'],
    ['longer than an index entry may be', { station_id: 'x'.repeat(256) }, 'station_id_unusable'],
    ['of a row that is null', null, 'not_an_object'],
    ['of a row that is text', 'station', 'not_an_object'],
    ['of a row that is a list', [{ station_id: '1' }], 'not_an_object'],
  ])('station_id %s: the row is skipped, the others are kept', (_claim, station, reason) => {
    const { rows, skipped } = decode([{ station_id: 'before' }, station, { station_id: 'after' }]);
    expect(rows.map((row) => row.station_id)).toEqual(['before', 'after']);
    expect(skipped).toEqual({ [reason]: 1 });
  });

  test('a station listed twice counts once, with its last row (Citi Bike 1.1 listed all twice)', () => {
    const { rows, skipped } = decode([
      { station_id: 'a', num_bikes_available: 1 },
      { station_id: 'b', num_bikes_available: 2 },
      { station_id: 'a', num_bikes_available: 3 },
      { station_id: 'b', num_bikes_available: 4 },
      { station_id: 'a', num_bikes_available: 5 },
    ]);
    expect(rows.map((row) => [row.station_id, row.num_bikes_available])).toEqual([
      ['a', 5],
      ['b', 4],
    ]);
    expect(skipped).toEqual({ duplicate: 3 });
  });

  test('the number 7 and the text "7" are the same station', () => {
    expect(decode([{ station_id: 7 }, { station_id: '7' }]).skipped).toEqual({ duplicate: 1 });
  });

  test('each station wrapped in {data, headers, status} is unwrapped (commonsbooking#2249)', () => {
    const { rows, coerced } = decode([
      { data: { station_id: 'a', num_bikes_available: 2 }, headers: [], status: 200 },
    ]);
    expect(rows).toMatchObject([{ station_id: 'a', num_bikes_available: 2 }]);
    expect(coerced).toEqual({ station_unwrapped: 1 });
  });

  test('a list directly in the document, without data, is read', () => {
    expect(decodeStationStatus({ stations: [{ station_id: 'a' }] }).rows).toHaveLength(1);
  });

  test('an empty list is a list: no rows and no refusal (seasonal systems)', () => {
    expect(decode([])).toMatchObject({ rows: [], skipped: {}, coerced: {} });
  });
});

test.each([
  ['free_bike_status (1.0 to 2.3)', { data: { bikes: [{ bike_id: 'x' }] } }, 'no_station_list'],
  ['vehicle_status (3.0)', { data: { vehicles: [{ vehicle_id: 'x' }] } }, 'no_station_list'],
  ['vehicle_types (2.1)', { data: { vehicle_types: [] } }, 'no_station_list'],
  ['system_alerts', { data: { alerts: [] } }, 'no_station_list'],
  ['manifest (3.0)', { data: { datasets: [] } }, 'no_station_list'],
  ['gbfs.json in its place', { data: { en: { feeds: [] } } }, 'no_station_list'],
  ['an error object with status 200', { error: 'GBFS disabled' }, 'no_station_list'],
  ['stations that is an object', { data: { stations: { 1: {} } } }, 'no_station_list'],
  ['stations that is null', { data: { stations: null } }, 'no_station_list'],
  ['a bare list', [{ station_id: '1' }], 'not_a_feed'],
  ['null', null, 'not_a_feed'],
  ['text', 'ok', 'not_a_feed'],
])('%s is no station_status', (_claim, document, reason) => {
  expect(() => decodeStationStatus(document)).toThrow(expect.objectContaining({ reason }) as Error);
});

test('a key "__proto__" in a body changes nothing', () => {
  const body = '{"data":{"stations":[{"station_id":"a","__proto__":{"num_bikes_available":5}}]}}';
  expect(decodeStationStatus(parseBody(body)).rows[0]?.num_bikes_available).toBeNull();
});
