import { expect, test } from 'vitest';
import {
  decodeVehicleTypes,
  impliedVehicleType,
  isElectricBicycle,
  type VehicleType,
} from './vehicle-types.ts';

const UNKNOWN: VehicleType = {
  vehicle_type_id: 't',
  form_factor: null,
  propulsion_type: null,
  name: null,
  make: null,
  model: null,
  max_range_meters: null,
  rider_capacity: null,
};

type Claim = [claim: string, type: object, row: Partial<VehicleType>, coerced?: Record<string, number>];

test.each<Claim>([
  [
    '2.1: form factor, propulsion, range and a name as text',
    { form_factor: 'bicycle', propulsion_type: 'electric_assist', max_range_meters: 60_000, name: 'E' },
    { form_factor: 'bicycle', propulsion_type: 'electric_assist', max_range_meters: 60_000, name: 'E' },
  ],
  ['2.1 and 2.2: scooter', { form_factor: 'scooter' }, { form_factor: 'scooter' }],
  ['2.3: scooter_standing', { form_factor: 'scooter_standing' }, { form_factor: 'scooter_standing' }],
  ['2.3: cargo_bicycle', { form_factor: 'cargo_bicycle' }, { form_factor: 'cargo_bicycle' }],
  [
    '3.0: names are lists of translations',
    {
      name: [
        { text: 'Rad', language: 'de' },
        { text: 'Bike', language: 'en' },
      ],
      make: [{ text: 'Maker', language: 'en' }],
    },
    { name: 'Bike', make: 'Maker' },
  ],
  ['2.3: rider_capacity', { rider_capacity: 2 }, { rider_capacity: 2 }],
  ['3.1: min_age is no obstacle', { min_age: 18 }, {}],
  ['a missing propulsion_type is unknown (pybikes 7dfba7c)', { form_factor: 'car' }, { form_factor: 'car' }],
  ['words in capitals', { form_factor: 'BICYCLE' }, { form_factor: 'bicycle' }],
  [
    'a form factor of a later version is other',
    { form_factor: 'hovercraft' },
    { form_factor: 'other' },
    { form_factor_unknown: 1 },
  ],
  [
    'a propulsion of a later version is unknown: GBFS has no other',
    { propulsion_type: 'sail' },
    {},
    { propulsion_type_unknown: 1 },
  ],
  ['a negative range is null', { max_range_meters: -5 }, {}, { range_out_of_range: 1 }],
])('%s', (_claim, type, row, coerced = {}) => {
  const decoded = decodeVehicleTypes({ data: { vehicle_types: [{ vehicle_type_id: 't', ...type }] } }, [
    'en',
  ]);
  expect(decoded.rows).toEqual([{ ...UNKNOWN, ...row }]);
  expect(decoded.coerced).toEqual(coerced);
});

test('a type without id is skipped, one listed twice counts once', () => {
  const { rows, skipped } = decodeVehicleTypes({
    data: {
      vehicle_types: [
        { form_factor: 'car' },
        { vehicle_type_id: 'a', name: 'first' },
        { vehicle_type_id: 'a', name: 'last' },
      ],
    },
  });
  expect(rows.map(({ name }) => name)).toEqual(['last']);
  expect(skipped).toEqual({ vehicle_type_id_missing: 1, duplicate: 1 });
});

test('a body without the list is refused', () => {
  expect(() => decodeVehicleTypes({ data: {} })).toThrow(
    expect.objectContaining({ reason: 'no_vehicle_type_list' }) as Error,
  );
});

test.each([
  ['bicycle', 'electric_assist', true],
  ['cargo_bicycle', 'electric', true],
  ['bicycle', 'human', false],
  ['scooter_standing', 'electric', false],
  ['bicycle', null, false],
] as const)('a %s with propulsion %s counts as an e-bike: %s', (form_factor, propulsion_type, expected) => {
  expect(isElectricBicycle({ form_factor, propulsion_type })).toBe(expected);
});

test('the name of a type gives its form only if it is one of the names that feeds use', () => {
  expect(impliedVehicleType('eBike')).toEqual({ form_factor: 'bicycle', propulsion_type: 'electric_assist' });
  expect(impliedVehicleType('YLS:VehicleType:CityBike')).toBeUndefined();
});
