import { describe, expect, test } from 'vitest';
import { decodeStationStatus } from './station-status.ts';
import { TYPES_PER_STATION_MAX, type VehicleTypeCount } from './station-vehicle-types.ts';

type Types = Record<string, number | null> | null;
type Claim = [claim: string, station: object, types: Types, ebikes: number | null, coerced?: object];

function byId(counts: VehicleTypeCount[] | null | undefined): Types {
  return counts
    ? Object.fromEntries(counts.map(({ vehicle_type_id, count }) => [vehicle_type_id, count]))
    : null;
}

function decode(station: object) {
  const { rows, coerced } = decodeStationStatus({ data: { stations: [{ station_id: 's', ...station }] } });
  return { row: rows[0], coerced };
}

describe('vehicles by type at a station, and e-bikes in every spelling', () => {
  test.each<Claim>([
    ['a feed that does not tell: null, never 0', {}, null, null],
    [
      '2.1 to 3.1: vehicle_types_available; which of them are e-bikes only vehicle_types tells',
      {
        vehicle_types_available: [
          { vehicle_type_id: 'a', count: 2 },
          { vehicle_type_id: 'b', count: 0 },
        ],
      },
      { a: 2, b: 0 },
      null,
    ],
    ['an empty list of types: none is there', { vehicle_types_available: [] }, {}, null],
    ['num_ebikes_available (Lyft)', { num_ebikes_available: 4 }, null, 4],
    ['num_ebikes_available 0 is told, so it is 0', { num_ebikes_available: 0 }, null, 0],
    ['num_ebikes_available null tells nothing', { num_ebikes_available: null }, null, null],
    [
      'num_ebikes_available that cannot be true',
      { num_ebikes_available: -1 },
      null,
      null,
      { count_out_of_range: 1 },
    ],
    [
      'num_bikes_available_types as an object (PBSC)',
      { num_bikes_available_types: { mechanical: 6, ebike: 5 } },
      { mechanical: 6, ebike: 5 },
      5,
    ],
    [
      'num_bikes_available_types as an object (BCycle)',
      { num_bikes_available_types: { electric: 6, smart: 1, classic: 2 } },
      { electric: 6, smart: 1, classic: 2 },
      6,
    ],
    [
      'num_bikes_available_types as a list of objects with one key each (Velib)',
      { num_bikes_available_types: [{ mechanical: 10 }, { ebike: 15 }] },
      { mechanical: 10, ebike: 15 },
      15,
    ],
    [
      'kinds without an electric one do not tell of e-bikes',
      { num_bikes_available_types: { mechanical: 6 } },
      { mechanical: 6 },
      null,
    ],
    [
      'a kind that nobody knows may be electric: e-bikes are unknown',
      { num_bikes_available_types: { ebike: 1, hybrid: 6 } },
      { ebike: 1, hybrid: 6 },
      null,
    ],
    [
      'an electric count that cannot be true makes e-bikes unknown',
      { num_bikes_available_types: { ebike: -3, mechanical: 6 } },
      { ebike: null, mechanical: 6 },
      null,
      { count_out_of_range: 1 },
    ],
    [
      'types as numbers (Bicing)',
      { vehicle_types_available: [{ vehicle_type_id: 7, count: 1 }] },
      { 7: 1 },
      null,
      { vehicle_type_id_number: 1 },
    ],
    [
      'a type listed twice: the last counts',
      {
        vehicle_types_available: [
          { vehicle_type_id: 'a', count: 1 },
          { vehicle_type_id: 'a', count: 2 },
        ],
      },
      { a: 2 },
      null,
      { vehicle_type_duplicate: 1 },
    ],
    [
      'entries that cannot be read are left out; when none is left, nothing is known',
      { vehicle_types_available: ['bike'] },
      null,
      null,
      { vehicle_types_unreadable: 1 },
    ],
    [
      'more types than a station can have: nothing is known',
      {
        vehicle_types_available: Array.from({ length: TYPES_PER_STATION_MAX + 1 }, (_, index) => ({
          vehicle_type_id: `t${index}`,
          count: 1,
        })),
      },
      null,
      null,
      { vehicle_types_too_many: 1 },
    ],
  ])('%s', (_claim, station, types, ebikes, expected = {}) => {
    const { row, coerced } = decode(station);
    expect(byId(row?.vehicle_types_available)).toEqual(types);
    expect(row?.num_ebikes_available).toBe(ebikes);
    expect(coerced).toEqual(expected);
  });
});

describe('free docks by type', () => {
  test('2.1 to 3.1: vehicle_docks_available', () => {
    const { row, coerced } = decode({
      vehicle_docks_available: [
        { vehicle_type_ids: ['a', 'b'], count: 2 },
        { vehicle_type_ids: ['c'], count: 0 },
      ],
    });
    expect(row?.vehicle_docks_available).toEqual([
      { vehicle_type_ids: ['a', 'b'], count: 2 },
      { vehicle_type_ids: ['c'], count: 0 },
    ]);
    expect(coerced).toEqual({});
  });

  test.each([
    ['an object instead of a list', { count: 2 }, null],
    ['an entry without types', [{ count: 2 }], []],
  ])('%s is tallied', (_claim, vehicle_docks_available, expected) => {
    const { row, coerced } = decode({ vehicle_docks_available });
    expect([row?.vehicle_docks_available, coerced]).toEqual([expected, { vehicle_docks_unreadable: 1 }]);
  });
});
