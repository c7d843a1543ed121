import { describe, expect, test } from 'vitest';
import { decodeSystemInformation, type SystemInformation } from './system-information.ts';

const UNKNOWN: SystemInformation = {
  system_id: null,
  name: null,
  operator: null,
  timezone: null,
  url: null,
  license_url: null,
  language: null,
  opening_hours: null,
};

type Claim = [
  claim: string,
  system: object,
  row: Partial<SystemInformation>,
  coerced?: Record<string, number>,
];

function proveEach(claims: Claim[]): void {
  test.each(claims)('%s', (_claim, system, row, coerced = {}) => {
    const decoded = decodeSystemInformation({ data: { system_id: 'x', ...system } });
    expect(decoded.rows).toEqual([{ ...UNKNOWN, system_id: 'x', ...row }]);
    expect(decoded.coerced).toEqual(coerced);
  });
}

describe('differences between the versions of GBFS', () => {
  proveEach([
    [
      '3.0: opening_hours as OpenStreetMap writes them',
      { opening_hours: 'Apr-Nov 05:00-23:59' },
      { opening_hours: 'Apr-Nov 05:00-23:59' },
    ],
    [
      '1.0 to 2.3: plain text and one language',
      {
        name: 'Bysykkel',
        operator: 'UIP',
        language: 'nb',
        timezone: 'Europe/Oslo',
        url: 'https://example.com',
        license_url: 'https://example.com/licence',
      },
      {
        name: 'Bysykkel',
        operator: 'UIP',
        language: 'nb',
        timezone: 'Europe/Oslo',
        url: 'https://example.com',
        license_url: 'https://example.com/licence',
      },
    ],
    [
      '3.0: names are lists of translations, languages is a list, the system reads in its first language',
      {
        languages: ['nb', 'en'],
        name: [
          { text: 'City Bike', language: 'en' },
          { text: 'Bysykkel', language: 'nb' },
        ],
        operator: [{ text: 'UIP', language: 'en' }],
      },
      { language: 'nb', name: 'Bysykkel', operator: 'UIP' },
    ],
    [
      '3.0: license_id stands for the page of that licence',
      { license_id: 'CC-BY-4.0' },
      { license_url: 'https://spdx.org/licenses/CC-BY-4.0.html' },
    ],
    [
      'license_url wins over license_id',
      { license_id: 'CC0-1.0', license_url: 'https://example.com/l' },
      { license_url: 'https://example.com/l' },
    ],
  ]);

  test('3.0: a wanted language wins over that of the system', () => {
    const name = [
      { text: 'Bysykkel', language: 'nb' },
      { text: 'City Bike', language: 'en' },
    ];
    const { rows } = decodeSystemInformation({ data: { name, languages: ['nb'] } }, ['en']);
    expect(rows[0]).toMatchObject({ name: 'City Bike', language: 'nb' });
  });
});

describe('defects in real feeds', () => {
  proveEach([
    ['a blank system_id is null (gbfs#61)', { system_id: '' }, { system_id: null }],
    ['a system_id that is a number is text', { system_id: 12 }, { system_id: '12' }, { text_number: 1 }],
    ['empty links are null (Bay Wheels)', { url: '', license_url: '' }, {}],
    ['a link without scheme is no link', { url: 'www.example.com' }, {}, { url_unusable: 1 }],
    ['a link that is a script is no link', { url: 'javascript:alert(1)' }, {}, { url_unusable: 1 }],
    ['a time zone nobody knows is null', { timezone: 'Oslo' }, {}, { timezone_unknown: 1 }],
    ...['AST', 'BST', 'CST', 'IST', 'PST', 'SST', 'EST5EDT', 'CET', 'GMT', 'GMT+1', 'W-SU', 'Zulu'].map(
      (timezone): Claim => [
        `${timezone} is an abbreviation and no time zone (gbfs-validator#76)`,
        { timezone },
        {},
        { timezone_unknown: 1 },
      ],
    ),
    ['UTC is a time zone', { timezone: 'UTC' }, { timezone: 'UTC' }],
    ...[
      ['europe/oslo', 'Europe/Oslo'],
      ['US/Pacific', 'America/Los_Angeles'],
      ['Etc/UTC', 'UTC'],
      ['Europe/Kiev', 'Europe/Kyiv'],
      ['Asia/Calcutta', 'Asia/Kolkata'],
    ].map(
      ([timezone, canonical = null]): Claim => [
        `${timezone} is kept as ${canonical}, and counted`,
        { timezone },
        { timezone: canonical },
        { timezone_respelled: 1 },
      ],
    ),
    ...['Asia/Kolkata', 'Europe/Kyiv', 'America/Argentina/Buenos_Aires'].map(
      (timezone): Claim => [
        `${timezone}, which ICU gives by its old name, stays`,
        { timezone },
        { timezone },
      ],
    ),
    ['a place that is in no list is null', { timezone: 'Europe/Atlantis' }, {}, { timezone_unknown: 1 }],
    ['a file of time zones is none', { timezone: 'posix/Europe/Oslo' }, {}, { timezone_unknown: 1 }],
    ['an offset is no time zone', { timezone: '+01:00' }, {}, { timezone_unknown: 1 }],
    ['a license_id that is no identifier is ignored', { license_id: '../evil' }, {}],
  ]);

  test.each([
    ['a body without anything of a system', { data: { stations: [] } }, 'no_system_information'],
    ['data that is null', { data: null }, 'no_system_information'],
    ['a list', [], 'not_a_feed'],
  ])('%s is refused', (_claim, document, reason) => {
    expect(() => decodeSystemInformation(document)).toThrow(expect.objectContaining({ reason }) as Error);
  });
});
