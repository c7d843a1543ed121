import { describe, expect, test } from 'vitest';
import type { Decoded } from '../decoded.ts';
import { decodeStationInformation, type StationInformation } from './station-information.ts';

function decode(stations: unknown[], languages?: string[]): Decoded<StationInformation> {
  return decodeStationInformation({ last_updated: 1_700_000_000, ttl: 300, data: { stations } }, languages);
}

const PLACE = { station_id: '7', lat: 59.91, lon: 10.75 };
const ROW: StationInformation = { ...PLACE, name: null, capacity: null, region_id: null, rental_uris: null };

type Claim = [
  claim: string,
  station: object,
  row: Partial<StationInformation>,
  coerced?: Record<string, number>,
];

function proveEach(claims: Claim[]): void {
  test.each(claims)('%s', (_claim, station, row, coerced = {}) => {
    const decoded = decode([{ ...PLACE, ...station }]);
    expect(decoded.rows).toEqual([{ ...ROW, ...row }]);
    expect(decoded.coerced).toEqual(coerced);
    expect(decoded.skipped).toEqual({});
  });
}

describe('differences between the versions of GBFS', () => {
  proveEach([
    [
      '1.0: the base',
      { name: 'Torget', capacity: 20, rental_methods: ['KEY'] },
      { name: 'Torget', capacity: 20 },
    ],
    [
      '1.1: rental_uris are links',
      { rental_uris: { web: 'https://example.com' } },
      { rental_uris: { web: 'https://example.com', android: null, ios: null } },
    ],
    [
      '2.1: a virtual station with an area has no capacity, and it stays null',
      { is_virtual_station: true, station_area: { type: 'MultiPolygon', coordinates: [] } },
      {},
    ],
    [
      '2.1: capacities by vehicle are objects and do not replace the total',
      { vehicle_capacity: { a: 5 }, vehicle_type_capacity: { a: 5 } },
      {},
    ],
    [
      '2.3: parking and contact fields are no obstacle',
      { parking_type: 'street_parking', parking_hoop: true, contact_phone: '+1' },
      {},
    ],
    [
      '3.0: the name is a list of translations, the first is taken',
      {
        name: [
          { text: 'Torget', language: 'nb' },
          { text: 'The Square', language: 'en' },
        ],
      },
      { name: 'Torget' },
    ],
    [
      '3.0: capacities by vehicle are lists and do not replace the total',
      { capacity: 9, vehicle_types_capacity: [{ vehicle_type_ids: ['a'], count: 5 }] },
      { capacity: 9 },
    ],
    [
      '3.0: opening hours, 3.1: city are no obstacle',
      { station_opening_hours: '24/7', city: [{ text: 'Oslo', language: 'nb' }] },
      {},
    ],
  ]);

  test.each([
    ['exactly', ['en'], 'The Square'],
    ['apart from the region', ['nb-NO'], 'Torget'],
    ['in order of preference', ['fr', 'en', 'nb'], 'The Square'],
    ['not at all: the first', ['fr'], 'Torget'],
  ])('3.0: a translation is chosen by language, %s', (_claim, languages, expected) => {
    const name = [
      { text: 'Torget', language: 'nb' },
      { text: 'The Square', language: 'en' },
    ];
    expect(decode([{ ...PLACE, name }], languages).rows[0]?.name).toBe(expected);
  });
});

describe('defects in real feeds', () => {
  const nowhere = { lat: null, lon: null };
  proveEach([
    ['(0,0) is no place (pybikes)', { lat: 0, lon: 0 }, nowhere, { coordinates_zero: 1 }],
    ['0 alone is a place on the equator or on the meridian', { lat: 0 }, { lat: 0 }],
    ['null coordinates are unknown, and no repair', { lat: null, lon: null }, nowhere],
    ['half a pair is unknown', { lat: null }, nowhere, { coordinates_incomplete: 1 }],
    ['a latitude out of range is unknown', { lat: 91 }, nowhere, { coordinates_out_of_range: 1 }],
    ['a longitude out of range is unknown', { lon: -180.5 }, nowhere, { coordinates_out_of_range: 1 }],
    [
      'swapped values are unknown where it shows (SURF Oslo)',
      { lat: 139.7, lon: 35.6 },
      nowhere,
      { coordinates_out_of_range: 1 },
    ],
    [
      'swapped values within range are not guessed at',
      { lat: 10.75, lon: 59.91 },
      { lat: 10.75, lon: 59.91 },
    ],
    ['coordinates as text are coordinates', { lat: '59.91', lon: ' 10.75' }, {}, { coordinates_text: 2 }],
    [
      'coordinates that are no numbers are unknown',
      { lat: 'north', lon: {} },
      nowhere,
      { coordinates_unreadable: 2 },
    ],
    ['the text "null" is no name', { name: 'null' }, {}, { text_null: 1 }],
    ['null, blank and empty names are null', { name: '  ' }, {}],
    ['a name that is a number is text', { name: 12 }, { name: '12' }, { text_number: 1 }],
    ['a name is trimmed', { name: ' Torget\n' }, { name: 'Torget' }],
    [
      'a name with what PostgreSQL cannot store is cleaned',
      { name: 'Tor\0get \ud800' },
      { name: 'Torget \ufffd' },
      { text_cleaned: 1 },
    ],
    [
      'a name that would steer a terminal is cleaned: escapes, C1, bidirectional overrides, lines',
      { name: '\u001b[31mTor\u009bget\u202e\u2066\r\nWest\u0007\u2028East' },
      { name: '[31mTorget West East' },
      { text_cleaned: 1 },
    ],
    ['marks of direction belong to a name', { name: 'א\u200f1' }, { name: 'א\u200f1' }],
    [
      'a name of absurd length is cut',
      { name: 'x'.repeat(1001) },
      { name: 'x'.repeat(1000) },
      { text_cut: 1 },
    ],
    ['a name that is no text is null', { name: { first: 'a' } }, {}, { text_unreadable: 1 }],
    [
      'a single translation outside a list is a name',
      { name: { text: 'Torget', language: 'nb' } },
      { name: 'Torget' },
    ],
    ['a translation without language is a name', { name: [{ text: 'Torget' }] }, { name: 'Torget' }],
    [
      'an empty translation gives way to the next',
      {
        name: [
          { text: '', language: 'nb' },
          { text: 'Square', language: 'en' },
        ],
      },
      { name: 'Square' },
    ],
    ['no translation at all is null, and no repair', { name: [] }, {}],
    ['capacity 0 is kept: absent and zero differ', { capacity: 0 }, { capacity: 0 }],
    ['a negative capacity is null', { capacity: -1 }, {}, { count_out_of_range: 1 }],
    ['post_code as a number in one row is no obstacle (Bicing)', { post_code: 8013 }, {}],
    ['region_id as a number is text (Divvy)', { region_id: 3 }, { region_id: '3' }, { region_id_number: 1 }],
  ]);

  test('a row without id costs only itself', () => {
    const { rows, skipped } = decode([{ station_id: null, name: null, lat: null, lon: null }, PLACE]);
    expect(rows).toEqual([ROW]);
    expect(skipped).toEqual({ station_id_missing: 1 });
  });

  test('a station listed twice counts once, with its last row', () => {
    const { rows, skipped } = decode([
      { ...PLACE, name: 'old' },
      { ...PLACE, name: 'new' },
    ]);
    expect(rows).toEqual([{ ...ROW, name: 'new' }]);
    expect(skipped).toEqual({ duplicate: 1 });
  });

  test('a body without list of stations is refused', () => {
    expect(() => decodeStationInformation({ data: {} })).toThrow(
      'Cannot decode body: it has no list "stations"',
    );
  });
});
