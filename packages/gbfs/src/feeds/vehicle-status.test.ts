import { describe, expect, test } from 'vitest';
import type { Decoded } from '../decoded.ts';
import { ROWS_MAX } from './row-list.ts';
import { decodeVehicleStatus, type VehicleStatus } from './vehicle-status.ts';

const NOW = 1_700_000_000; // 2023-11-14T22:13:20Z
const UNKNOWN: VehicleStatus = {
  vehicle_id: 'v',
  vehicle_type_id: null,
  lat: 59.91,
  lon: 10.75,
  station_id: null,
  state: 'available',
  current_range_meters: null,
  current_fuel_percent: null,
  last_reported: null,
};
const PLACE = { lat: 59.91, lon: 10.75 };

function decode(vehicles: unknown[], around: object = {}): Decoded<VehicleStatus> {
  return decodeVehicleStatus({ last_updated: NOW, ttl: 15, version: '3.0', data: { vehicles }, ...around });
}

type Claim = [claim: string, vehicle: object, row: Partial<VehicleStatus>, coerced?: Record<string, number>];

/** One vehicle each; what a claim does not name must be unknown, and nothing may be repaired or skipped in silence. */
function proveEach(claims: Claim[]): void {
  test.each(claims)('%s', (_claim, vehicle, row, coerced = {}) => {
    const decoded = decode([{ vehicle_id: 'v', ...PLACE, ...vehicle }]);
    expect(decoded.rows).toEqual([{ ...UNKNOWN, ...row }]);
    expect(decoded.coerced).toEqual(coerced);
    expect(decoded.skipped).toEqual({});
  });
}

describe('differences between the versions of GBFS', () => {
  test('1.0 to 2.3: free_bike_status lists bikes with bike_id', () => {
    const { rows } = decodeVehicleStatus({ data: { bikes: [{ bike_id: 'v', ...PLACE }] } });
    expect(rows).toEqual([UNKNOWN]);
  });

  test('3.0: vehicle_status lists vehicles with vehicle_id', () => {
    expect(decode([{ vehicle_id: 'v', ...PLACE }]).rows).toEqual([UNKNOWN]);
  });

  test('shape decides, not the version: 3.0 names under version 1.0 and the reverse', () => {
    const old = { data: { bikes: [{ bike_id: 'v', ...PLACE, is_reserved: 1 }] }, version: '3.0' };
    const recent = { data: { vehicles: [{ vehicle_id: 'v', ...PLACE, is_reserved: true }] }, version: '1.0' };
    expect(decodeVehicleStatus(old).rows).toEqual(decodeVehicleStatus(recent).rows);
  });

  test('a feed in transition that has both lists is read from the one that is not empty', () => {
    const both = { data: { bikes: [{ bike_id: 'v', ...PLACE }], vehicles: [] } };
    expect(decodeVehicleStatus(both).rows).toEqual([UNKNOWN]);
  });

  test('an empty list is a list: nothing is parked', () => {
    expect(decode([])).toMatchObject({ rows: [], skipped: {}, coerced: {} });
  });

  proveEach([
    ['1.0: flags are the numbers 0 and 1', { is_reserved: 1, is_disabled: 0 }, { state: 'reserved' }],
    ['2.0: flags are booleans', { is_reserved: false, is_disabled: true }, { state: 'disabled' }],
    ['2.1: vehicle_type_id', { vehicle_type_id: 'scooter-1' }, { vehicle_type_id: 'scooter-1' }],
    ['2.1: current_range_meters', { current_range_meters: 6543.4 }, { current_range_meters: 6543 }],
    ['2.1: last_reported is POSIX seconds', { last_reported: NOW }, { last_reported: NOW }],
    ['3.0: last_reported is RFC 3339', { last_reported: '2023-11-14T22:13:20Z' }, { last_reported: NOW }],
    [
      '2.1: lat and lon are optional at a station',
      { lat: undefined, lon: undefined, station_id: 's' },
      { lat: null, lon: null, station_id: 's' },
    ],
    ['2.1: a docked vehicle may have a place, too', { station_id: 's' }, { station_id: 's' }],
    ['2.3: current_fuel_percent from 0 to 1', { current_fuel_percent: 0.7 }, { current_fuel_percent: 0.7 }],
    [
      '2.3: home_station_id, pricing_plan_id, available_until and vehicle_equipment are not kept',
      {
        home_station_id: 'h',
        pricing_plan_id: 'p',
        available_until: '2023-11-15T00:00:00Z',
        vehicle_equipment: ['winter_tires'],
      },
      {},
    ],
    [
      'rental_uris and names never leave the decoder: they hold ids and number plates',
      { rental_uris: { android: 'https://example.com/v' }, name: 'AB 123' },
      {},
    ],
  ]);
});

describe('defects of values in real feeds', () => {
  proveEach([
    ['both flags true: disabled wins', { is_reserved: true, is_disabled: true }, { state: 'disabled' }],
    ['missing flags are false (motis#1050)', {}, { state: 'available' }],
    [
      'a flag that cannot be read does not make a vehicle look available',
      { is_disabled: 'maybe' },
      { state: 'disabled' },
      { flag_unreadable: 1 },
    ],
    ['station_id "" is none (levelo Marseille)', { station_id: '' }, { station_id: null }],
    ['station_id null is none', { station_id: null }, { station_id: null }],
    ['a numeric station_id', { station_id: 7 }, { station_id: '7' }, { station_id_number: 1 }],
    ['an absent range is null, not 0 (lamassu#502)', {}, { current_range_meters: null }],
    ['a range of 0 is 0', { current_range_meters: 0 }, { current_range_meters: 0 }],
    ['a negative range is null', { current_range_meters: -1 }, {}, { range_out_of_range: 1 }],
    ['a range as text', { current_range_meters: '1200' }, { current_range_meters: 1200 }, { range_text: 1 }],
    [
      'a battery as text with a percent sign (Jump)',
      { jump_ebike_battery_level: '42%' },
      { current_fuel_percent: 0.42 },
      { fuel_text: 1 },
    ],
    ['a battery without number', { current_fuel_percent: 'full' }, {}, { fuel_unreadable: 1 }],
    ['a little more than full is null', { current_fuel_percent: 1.02 }, {}, { fuel_out_of_range: 1 }],
    [
      'the kind of a vehicle before there were types (Spin)',
      { vehicle_type: 'scooter' },
      { vehicle_type_id: 'scooter' },
      { vehicle_type_misnamed: 1 },
    ],
    [
      'the kind of a vehicle before there were types (Jump)',
      { jump_vehicle_type: 'bike' },
      { vehicle_type_id: 'bike' },
      { vehicle_type_misnamed: 1 },
    ],
    ['a missing pricing plan costs nothing (lamassu#396)', { pricing_plan_id: null }, {}],
    [
      'a type that vehicle_types does not define is kept (gbfs#538)',
      { vehicle_type_id: 'undefined-type' },
      { vehicle_type_id: 'undefined-type' },
    ],
    ['coordinates as text', { lat: '59.91', lon: '10.75' }, {}, { coordinates_text: 2 }],
    [
      'last_reported in milliseconds',
      { last_reported: NOW * 1000 },
      { last_reported: NOW },
      { last_reported_milliseconds: 1 },
    ],
  ]);

  test('a battery from 0 to 100: one vehicle above 2 shows it for all of the body', () => {
    const { rows, coerced } = decode([
      { vehicle_id: 'a', ...PLACE, current_fuel_percent: 1 },
      { vehicle_id: 'b', ...PLACE, current_fuel_percent: 80 },
      { vehicle_id: 'c', ...PLACE },
      { vehicle_id: 'd', ...PLACE, current_fuel_percent: '50%' },
    ]);
    expect(rows.map((row) => row.current_fuel_percent)).toEqual([0.01, 0.8, null, 0.5]);
    expect(coerced).toEqual({ fuel_of_100: 2, fuel_text: 1 });
  });

  test('fields in camelCase and milliseconds (VeoRide Providence)', () => {
    const { rows, coerced, last_updated } = decodeVehicleStatus({
      lastUpdated: NOW * 1000 + 218,
      ttl: 0,
      data: { bikes: [{ bikeId: 50_100_865, ...PLACE, isReserved: 0, isDisabled: 1 }] },
    });
    expect(rows).toEqual([{ ...UNKNOWN, vehicle_id: '50100865', state: 'disabled' }]);
    expect(last_updated).toBe(NOW);
    expect(coerced).toEqual({
      fields_camel_case: 1,
      vehicle_id_number: 1,
      last_updated_misnamed: 1,
      last_updated_milliseconds: 1,
    });
  });

  test('an id as a number is its decimal text (Spin)', () => {
    const { rows, coerced } = decodeVehicleStatus({ data: { bikes: [{ bike_id: 8_120_858, ...PLACE }] } });
    expect([rows[0]?.vehicle_id, coerced]).toEqual(['8120858', { vehicle_id_number: 1 }]);
  });

  test('a vehicle listed twice counts once, with its last row (SFOE/sharedmobility#17)', () => {
    const { rows, skipped } = decode([
      { vehicle_id: 'a', ...PLACE, is_reserved: true },
      { vehicle_id: 'b', ...PLACE },
      { vehicle_id: 'a', ...PLACE, is_reserved: false },
    ]);
    expect(rows.map((row) => [row.vehicle_id, row.state])).toEqual([
      ['a', 'available'],
      ['b', 'available'],
    ]);
    expect(skipped).toEqual({ duplicate: 1 });
  });

  test.each([
    [
      'lat and lon null and no station',
      { vehicle_id: 'x', lat: null, lon: null },
      'vehicle_place_missing',
      {},
    ],
    [
      '0/0 and no station',
      { vehicle_id: 'x', lat: 0, lon: 0 },
      'vehicle_place_missing',
      { coordinates_zero: 1 },
    ],
    [
      'swapped so that one leaves its range',
      { vehicle_id: 'x', lat: 121.5, lon: 25.03 },
      'vehicle_place_missing',
      { coordinates_out_of_range: 1 },
    ],
    ['no id', { ...PLACE }, 'vehicle_id_missing', {}],
    ['an id that no table can hold', { vehicle_id: 'a\0', ...PLACE }, 'vehicle_id_unusable', {}],
    ['a row that is null', null, 'not_an_object', {}],
  ])('%s: the row is skipped, the others are kept', (_claim, vehicle, reason, coerced) => {
    const decoded = decode([{ vehicle_id: 'before', ...PLACE }, vehicle, { vehicle_id: 'after', ...PLACE }]);
    expect(decoded.rows.map((row) => row.vehicle_id)).toEqual(['before', 'after']);
    expect(decoded.skipped).toEqual({ [reason]: 1 });
    expect(decoded.coerced).toEqual(coerced);
  });
});

describe('bodies of no use', () => {
  test.each([
    ['station_status', { data: { stations: [] } }, 'no_vehicle_list'],
    ['vehicles that is an object', { data: { vehicles: { v: {} } } }, 'no_vehicle_list'],
    ['a bare list', [{ vehicle_id: 'v' }], 'not_a_feed'],
  ])('%s is refused', (_claim, document, reason) => {
    expect(() => decodeVehicleStatus(document)).toThrow(expect.objectContaining({ reason }) as Error);
  });

  test(`${ROWS_MAX} vehicles decode; one more, and the body is refused whole`, () => {
    const vehicles = Array.from({ length: ROWS_MAX }, (_, index) => ({ vehicle_id: `v${index}`, ...PLACE }));
    expect(decode(vehicles).rows).toHaveLength(ROWS_MAX);
    expect(() => decode([...vehicles, { vehicle_id: 'one-more', ...PLACE }])).toThrow(
      expect.objectContaining({ reason: 'too_many_rows' }) as Error,
    );
  });
});
