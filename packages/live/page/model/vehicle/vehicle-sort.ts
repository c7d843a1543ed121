import type { Vehicle } from '../../../src/api/vehicle.ts';
import { KIND_NAMES, kindOf } from './vehicle.ts';

const VEHICLE_COLUMNS = ['vehicle', 'state', 'range', 'since', 'place'] as const;
export type VehicleColumn = (typeof VEHICLE_COLUMNS)[number];
export type VehicleSort = { column: VehicleColumn; descending: boolean };

const VALUE: Record<VehicleColumn, (vehicle: Vehicle) => string | number | null> = {
  vehicle: (vehicle) => KIND_NAMES[kindOf(vehicle)],
  state: ({ state }) => state,
  range: ({ range_meters }) => range_meters,
  since: ({ since }) => since,
  place: ({ station_id, lat }) => station_id ?? lat,
};

/** Unknown values come last in both directions. */
export function sortVehicles(
  vehicles: readonly Vehicle[],
  { column, descending }: VehicleSort,
): readonly Vehicle[] {
  const keyed = vehicles.map((vehicle) => ({ vehicle, value: VALUE[column](vehicle) }));
  const direction = descending ? -1 : 1;
  keyed.sort((left, right) => {
    if (left.value === null || right.value === null)
      return Number(left.value === null) - Number(right.value === null);
    if (typeof left.value !== typeof right.value) return typeof left.value === 'string' ? -1 : 1;
    return left.value < right.value ? -direction : left.value > right.value ? direction : 0;
  });
  return keyed.map(({ vehicle }) => vehicle);
}
