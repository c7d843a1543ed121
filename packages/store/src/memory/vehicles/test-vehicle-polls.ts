import type { VehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import { KeptVehicleStays, type VehiclePoll } from '../../../../../test/history/kept-vehicle-stays.ts';

export const MINUTE = 60_000;
/** About 10 m to the north. */
export const TEN_METERS = 0.00009;

export function vehicle(vehicle_id: string, values: Partial<VehicleStatus> = {}): VehicleStatus {
  return {
    vehicle_id,
    vehicle_type_id: 'scooter',
    lat: 52.4,
    lon: 10.8,
    station_id: null,
    state: 'available',
    current_range_meters: null,
    current_fuel_percent: null,
    last_reported: null,
    ...values,
  };
}

export function play(polls: readonly VehiclePoll[]): KeptVehicleStays {
  const kept = new KeptVehicleStays();
  for (const poll of polls) kept.play(poll);
  return kept;
}
