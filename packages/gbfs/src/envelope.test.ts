import { describe, expect, test } from 'vitest';
import { decodeStationStatus } from './feeds/station-status.ts';

/** What a body says of itself: its version, its age and how long it holds. */

const NOW = 1_700_000_000; // 2023-11-14T22:13:20Z

const decode = (around: object) =>
  decodeStationStatus({ last_updated: NOW, ttl: 15, version: '2.3', data: { stations: [] }, ...around });

describe('differences between the versions of GBFS', () => {
  test.each([
    ['1.0: no version', { version: undefined }, { version: null }],
    ['1.1 to 3.1: version as declared', { version: '3.1-RC3' }, { version: '3.1-RC3' }],
    ['a version that is a number is text', { version: 2.3 }, { version: '2.3' }],
    ['1.0 to 2.3: last_updated is POSIX seconds', {}, { last_updated: NOW }],
    ['3.0: last_updated is RFC 3339', { last_updated: '2023-11-14T23:13:20+01:00' }, { last_updated: NOW }],
    ['ttl 0 stays 0', { ttl: 0 }, { ttl: 0 }],
    ['an absent ttl is null', { ttl: undefined }, { ttl: null }],
  ])('%s', (_claim, around, expected) => {
    const decoded = decode(around);
    expect(decoded).toMatchObject(expected);
    expect(decoded.coerced).toEqual({});
  });
});

describe('defects of real feeds', () => {
  test.each([
    [
      'lastUpdatedOther instead of last_updated (Velib)',
      { last_updated: undefined, lastUpdatedOther: NOW },
      { last_updated: NOW, coerced: { last_updated_misnamed: 1 } },
    ],
    ['last_updated 0', { last_updated: 0 }, { last_updated: null, coerced: { last_updated_implausible: 1 } }],
    [
      'last_updated in milliseconds',
      { last_updated: NOW * 1000 },
      { last_updated: NOW, coerced: { last_updated_milliseconds: 1 } },
    ],
    [
      'no last_updated and no ttl (mybuxi)',
      { last_updated: undefined, ttl: undefined },
      { last_updated: null, ttl: null, coerced: {} },
    ],
    ['ttl as text', { ttl: '60' }, { ttl: 60, coerced: { ttl_text: 1 } }],
    ['ttl negative', { ttl: -1 }, { ttl: null, coerced: { ttl_unreadable: 1 } }],
    ['ttl of a year', { ttl: 31_536_000 }, { ttl: 31_536_000, coerced: {} }],
    ['ttl of more than a year', { ttl: 1e12 }, { ttl: 31_536_000, coerced: { ttl_beyond_a_year: 1 } }],
    ['ttl of 2^31 - 1', { ttl: 2_147_483_647 }, { ttl: 31_536_000, coerced: { ttl_beyond_a_year: 1 } }],
    ['ttl too large for a number (1e999)', { ttl: JSON.parse('1e999') }, { ttl: 31_536_000 }],
    [
      'ttl of more than a year as text',
      { ttl: '99999999' },
      { ttl: 31_536_000, coerced: { ttl_text: 1, ttl_beyond_a_year: 1 } },
    ],
    ['ttl that is a fraction', { ttl: 14.2 }, { ttl: 15, coerced: {} }],
    ['ttl of minus zero', { ttl: -0 }, { ttl: 0, coerced: {} }],
    ['ttl negative, as text', { ttl: '-60' }, { ttl: null, coerced: { ttl_unreadable: 1 } }],
    ['ttl with a unit', { ttl: '60s' }, { ttl: null, coerced: { ttl_unreadable: 1 } }],
    ['ttl "NaN"', { ttl: 'NaN' }, { ttl: null, coerced: { ttl_unreadable: 1 } }],
    ['ttl "0x3c"', { ttl: '0x3c' }, { ttl: null, coerced: { ttl_unreadable: 1 } }],
    ['ttl blank', { ttl: ' ' }, { ttl: null, coerced: { ttl_unreadable: 1 } }],
    ['ttl true', { ttl: true }, { ttl: null, coerced: { ttl_unreadable: 1 } }],
    ['ttl that is a list', { ttl: [] }, { ttl: null, coerced: { ttl_unreadable: 1 } }],
  ])('%s', (_claim, around, expected) => {
    expect(decode(around)).toMatchObject(expected);
  });
});
