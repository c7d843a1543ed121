import { describe, expect, test } from 'vitest';
import type { Decoded } from '../decoded.ts';
import { decodeStationStatus, type StationStatus } from './station-status.ts';

const NOW = 1_700_000_000; // 2023-11-14T22:13:20Z
const UNKNOWN: StationStatus = {
  station_id: '7',
  num_bikes_available: null,
  num_docks_available: null,
  num_bikes_disabled: null,
  num_docks_disabled: null,
  is_installed: null,
  is_renting: null,
  is_returning: null,
  last_reported: null,
  num_ebikes_available: null,
  vehicle_types_available: null,
  vehicle_docks_available: null,
};

function decode(stations: unknown[], around: object = {}): Decoded<StationStatus> {
  return decodeStationStatus({ last_updated: NOW, ttl: 15, version: '2.3', data: { stations }, ...around });
}

type Claim = [claim: string, station: object, row: Partial<StationStatus>, coerced?: Record<string, number>];

/** One station each; what a claim does not name must be null, and nothing may be repaired or skipped in silence. */
function proveEach(claims: Claim[]): void {
  test.each(claims)('%s', (_claim, station, row, coerced = {}) => {
    const decoded = decode([{ station_id: '7', ...station }]);
    expect(decoded.rows).toEqual([{ ...UNKNOWN, ...row }]);
    expect(decoded.coerced).toEqual(coerced);
    expect(decoded.skipped).toEqual({});
  });
}

describe('differences between the versions of GBFS', () => {
  proveEach([
    [
      '1.0: flags may be booleans',
      { is_installed: true, is_renting: false, is_returning: true },
      { is_installed: true, is_renting: false, is_returning: true },
    ],
    [
      '1.1: flags are the numbers 0 and 1',
      { is_installed: 1, is_renting: 0, is_returning: 1 },
      { is_installed: true, is_renting: false, is_returning: true },
    ],
    ['2.0: flags are booleans', { is_renting: true }, { is_renting: true }],
    [
      '1.0 to 2.3: the four counts have the names of bikes and docks',
      { num_bikes_available: 3, num_bikes_disabled: 1, num_docks_available: 12, num_docks_disabled: 2 },
      { num_bikes_available: 3, num_bikes_disabled: 1, num_docks_available: 12, num_docks_disabled: 2 },
    ],
    [
      '2.0: num_docks_available is optional, and absent is null, never 0',
      { num_bikes_available: 3 },
      { num_bikes_available: 3 },
    ],
    [
      '2.1: vehicle_types_available and vehicle_docks_available neither replace nor change the totals',
      {
        num_bikes_available: 4,
        vehicle_types_available: [{ vehicle_type_id: 'bike', count: 9 }],
        vehicle_docks_available: [{ vehicle_type_ids: ['bike'], count: 9 }],
      },
      {
        num_bikes_available: 4,
        vehicle_types_available: [{ vehicle_type_id: 'bike', count: 9 }],
        vehicle_docks_available: [{ vehicle_type_ids: ['bike'], count: 9 }],
      },
    ],
    [
      '3.0: num_vehicles_available and num_vehicles_disabled are the counts of bikes',
      { num_vehicles_available: 5, num_vehicles_disabled: 1, num_docks_available: 8 },
      { num_bikes_available: 5, num_bikes_disabled: 1, num_docks_available: 8 },
    ],
    ['1.0 to 2.3: last_reported is POSIX seconds', { last_reported: NOW - 60 }, { last_reported: NOW - 60 }],
    [
      '3.0: last_reported is RFC 3339',
      { last_reported: '2023-11-14T22:12:20Z' },
      { last_reported: NOW - 60 },
    ],
    [
      '3.0: last_reported may carry an offset and a fraction (Tembici)',
      { last_reported: '2023-11-14T17:12:20.773-05:00' },
      { last_reported: NOW - 60 },
    ],
    [
      'unknown fields and unknown values of enumerations are no obstacle',
      { num_bikes_available: 1, _vendor: { a: [] }, status: 'SOMETHING_NEW' },
      { num_bikes_available: 1 },
    ],
  ]);

  test('shape decides, not the version: 3.0 names and times under version 1.1 and the reverse', () => {
    const v3 = { station_id: 'a', num_vehicles_available: 2, last_reported: '2023-11-14T22:13:20Z' };
    const v1 = { station_id: 'a', num_bikes_available: 2, last_reported: NOW };
    expect(decode([v3], { version: '1.1' }).rows).toEqual(decode([v1], { version: '3.0' }).rows);
  });
});

describe('defects of values in real feeds', () => {
  proveEach([
    ['last_reported 0 means never (Mobi)', { last_reported: 0 }, {}, { last_reported_implausible: 1 }],
    [
      'last_reported 86400 means never (Bay Wheels)',
      { last_reported: 86_400 },
      {},
      { last_reported_implausible: 1 },
    ],
    ['last_reported null is null (Rouen)', { last_reported: null }, {}],
    ['last_reported may be missing (gbfs#452)', {}, {}],
    [
      'last_reported in milliseconds (Toronto)',
      { last_reported: NOW * 1000 + 999 },
      { last_reported: NOW },
      { last_reported_milliseconds: 1 },
    ],
    [
      'last_reported hugely negative (Cyclocity)',
      { last_reported: -62_135_596_800 },
      {},
      { last_reported_implausible: 1 },
    ],
    [
      'last_reported months old is kept (Lyft Denver)',
      { last_reported: NOW - 9_000_000 },
      { last_reported: NOW - 9_000_000 },
    ],
    [
      'last_reported a little later than last_updated is kept (39 % of Oslo)',
      { last_reported: NOW + 14 },
      { last_reported: NOW + 14 },
    ],
    [
      'last_reported more than a day after last_updated is refused',
      { last_reported: NOW + 86_401 },
      {},
      { last_reported_implausible: 1 },
    ],
    [
      'last_reported as a quoted number',
      { last_reported: '1700000000' },
      { last_reported: NOW },
      { last_reported_text: 1 },
    ],
    [
      'last_reported with a decimal point is rounded down',
      { last_reported: NOW + 0.9 },
      { last_reported: NOW },
    ],
    ['last_reported without a zone is UTC', { last_reported: '2023-11-14T22:13:20' }, { last_reported: NOW }],
    [
      'last_reported of the year 1 in RFC 3339',
      { last_reported: '0001-01-01T00:00:00Z' },
      {},
      { last_reported_implausible: 1 },
    ],
    ['last_reported that is no time', { last_reported: 'yesterday' }, {}, { last_reported_unreadable: 1 }],
    ['a null count is null and no repair (Mobi)', { num_bikes_disabled: null }, {}],
    ['a count of -1 is null', { num_bikes_available: -1 }, {}, { count_out_of_range: 1 }],
    [
      'a count of -1 inside vehicle_types_available costs only that count (Villo)',
      { num_bikes_available: 2, vehicle_types_available: [{ vehicle_type_id: 'a', count: -1 }] },
      { num_bikes_available: 2, vehicle_types_available: [{ vehicle_type_id: 'a', count: null }] },
      { count_out_of_range: 1 },
    ],
    [
      'a count beyond a small integer is null',
      { num_docks_available: 32_768 },
      {},
      { count_out_of_range: 1 },
    ],
    [
      'the largest small integer is a count',
      { num_docks_available: 32_767 },
      { num_docks_available: 32_767 },
    ],
    [
      'a count as a quoted number is a count',
      { num_bikes_available: ' 12 ' },
      { num_bikes_available: 12 },
      { count_text: 1 },
    ],
    [
      'a count that is no number is null',
      { num_bikes_available: 'abc', num_docks_available: [] },
      {},
      { count_unreadable: 2 },
    ],
    ['half a bike is null', { num_bikes_available: 1.5 }, {}, { count_unreadable: 1 }],
    ['a boolean is no count', { num_bikes_available: true }, {}, { count_unreadable: 1 }],
    ['an empty text is no count', { num_bikes_available: '' }, {}, { count_unreadable: 1 }],
    [
      'flags as text are flags',
      { is_installed: 'true', is_renting: 'False', is_returning: '1' },
      { is_installed: true, is_renting: false, is_returning: true },
      { flag_text: 3 },
    ],
    [
      'a flag that is neither is null',
      { is_installed: 2, is_renting: 'maybe', is_returning: {} },
      {},
      { flag_unreadable: 3 },
    ],
    [
      'both names of a count: the one of bikes counts (Oslo 2.3)',
      { num_bikes_available: 4, num_vehicles_available: 5 },
      { num_bikes_available: 4 },
    ],
    [
      'both names of a count, that of bikes null: the one of vehicles counts',
      { num_bikes_available: null, num_vehicles_available: 5 },
      { num_bikes_available: 5 },
    ],
    [
      'total 0 though the types say more is kept (Dott)',
      { num_bikes_available: 0, vehicle_types_available: [{ vehicle_type_id: 'a', count: 6 }] },
      { num_bikes_available: 0, vehicle_types_available: [{ vehicle_type_id: 'a', count: 6 }] },
    ],
    [
      'is_renting false does not zero the counts (gbfs#94)',
      { is_renting: false, num_bikes_available: 6 },
      { is_renting: false, num_bikes_available: 6 },
    ],
    [
      'extensions for e-bikes are no obstacle (Velib)',
      {
        num_bikes_available: 2,
        num_bikes_available_types: [{ mechanical: 1 }, { ebike: 1 }],
        numBikesAvailable: 9,
      },
      {
        num_bikes_available: 2,
        num_ebikes_available: 1,
        vehicle_types_available: [
          { vehicle_type_id: 'mechanical', count: 1 },
          { vehicle_type_id: 'ebike', count: 1 },
        ],
      },
    ],
  ]);

  test('without last_updated a last_reported is only refused when it is absurd in itself', () => {
    const stations = [
      { station_id: 'a', last_reported: NOW + 9_000_000 },
      { station_id: 'b', last_reported: 99_000_000_000 },
    ];
    const { rows, coerced } = decode(stations, { last_updated: undefined });
    expect(rows.map((row) => row.last_reported)).toEqual([NOW + 9_000_000, null]);
    expect(coerced).toEqual({ last_reported_implausible: 1 });
  });

  test('0 and 1 under version 2.2 are flags, without a repair being counted (Oslo until 2023-04)', () => {
    const { rows, coerced } = decode([{ station_id: 'a', is_renting: 1 }], { version: '2.2' });
    expect([rows[0]?.is_renting, coerced]).toEqual([true, {}]);
  });
});
