import type { Decoded } from '../decoded.ts';
import { readLocalizedText } from '../values/localized-text.ts';
import { readNumber } from '../values/number.ts';
import { readWord } from '../values/word.ts';
import { decodeRows } from './row-list.ts';

/** `scooter` until 2.2, `scooter_standing` and `scooter_seated` after that. */
const FORM_FACTORS = [
  'bicycle',
  'cargo_bicycle',
  'scooter',
  'scooter_standing',
  'scooter_seated',
  'moped',
  'car',
  'other',
] as const;
export type FormFactor = (typeof FORM_FACTORS)[number];

const PROPULSION_TYPES = [
  'human',
  'electric_assist',
  'electric',
  'combustion',
  'combustion_diesel',
  'hybrid',
  'plug_in_hybrid',
  'hydrogen_fuel_cell',
] as const;
export type PropulsionType = (typeof PROPULSION_TYPES)[number];

/** Unknown values are null. */
export type VehicleType = {
  vehicle_type_id: string;
  form_factor: FormFactor | null;
  propulsion_type: PropulsionType | null;
  name: string | null;
  make: string | null;
  model: string | null;
  max_range_meters: number | null;
  rider_capacity: number | null;
};

/** Once around the earth; the largest range in the recorded feeds is 450 km. */
export const RANGE_METERS_MAX = 40_000_000;

/**
 * Decodes vehicle_types of GBFS 2.1 to 3.1 by shape.
 * @param languages preferred translations of a name; without them the publisher's first.
 * @throws UndecodableBody when there is no list of vehicle types. An empty list is valid.
 */
export function decodeVehicleTypes(
  document: unknown,
  languages: readonly string[] = [],
): Decoded<VehicleType> {
  return decodeRows(document, {
    names: ['vehicle_types'],
    missing: 'no_vehicle_type_list',
    id: 'vehicle_type_id',
    readRow: (type, vehicle_type_id, { coerced }) => {
      const propulsion = readWord(type.propulsion_type, 'propulsion_type', PROPULSION_TYPES, coerced);
      const range = readNumber(type.max_range_meters, 'range', { min: 0, max: RANGE_METERS_MAX }, coerced);
      return {
        vehicle_type_id,
        form_factor: readWord(type.form_factor, 'form_factor', FORM_FACTORS, coerced),
        // GBFS has no propulsion type "other", so an unknown word becomes null.
        propulsion_type: propulsion === 'other' ? null : propulsion,
        name: readLocalizedText(type.name, coerced, languages),
        make: readLocalizedText(type.make, coerced, languages),
        model: readLocalizedText(type.model, coerced, languages),
        max_range_meters: range === null ? null : Math.round(range),
        rider_capacity: readNumber(type.rider_capacity, 'weight_or_size', { min: 0, max: 1_000 }, coerced),
      };
    },
  });
}

/** GBFS calls it a bicycle; riders call it an e-bike. */
export function isElectricBicycle(type: Pick<VehicleType, 'form_factor' | 'propulsion_type'>): boolean {
  return (
    (type.form_factor === 'bicycle' || type.form_factor === 'cargo_bicycle') &&
    type.propulsion_type !== null &&
    type.propulsion_type !== 'human'
  );
}

type ImpliedType = Pick<VehicleType, 'form_factor' | 'propulsion_type'>;

const HUMAN: ImpliedType = { form_factor: 'bicycle', propulsion_type: 'human' };
const ELECTRIC: ImpliedType = { form_factor: 'bicycle', propulsion_type: 'electric_assist' };
const IMPLIED = new Map<string, ImpliedType>([
  ['mechanical', HUMAN],
  ['classic', HUMAN],
  // BCycle's name for a bicycle with its lock and computer on board.
  ['smart', HUMAN],
  ['ebike', ELECTRIC],
  ['electric', ELECTRIC],
  ['bike', { form_factor: 'bicycle', propulsion_type: null }],
  ['bicycle', { form_factor: 'bicycle', propulsion_type: null }],
  ['scooter', { form_factor: 'scooter', propulsion_type: null }],
]);

/** In lower case. */
export const IMPLIED_TYPE_IDS: readonly string[] = [...IMPLIED.keys()];

/**
 * What the name of a kind implies when vehicle_types does not define it: the kinds of `num_bikes_available_types` (PBSC, BCycle, Velib) and
 * `vehicle_type` of GBFS 1.x (Spin, Jump). A definition in the feed takes precedence.
 */
export function impliedVehicleType(vehicle_type_id: string): ImpliedType | undefined {
  return IMPLIED.get(vehicle_type_id.toLowerCase());
}
