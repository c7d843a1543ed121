import type { StationStatus } from '@velolog/gbfs/feeds/station-status';
import type { VehicleTypeCount } from '@velolog/gbfs/feeds/station-vehicle-types';
import type { PendingWrites } from './pending-writes.ts';
import type { StationState, StationType, SystemState } from './system-state.ts';

/** Whether a row says anything about types. Most feeds do not, so this is checked first. */
export function tellsTypes(row: StationStatus): boolean {
  return row.vehicle_types_available !== null || row.num_ebikes_available !== null;
}

/**
 * Compares a station's counts by vehicle type with the last known ones: writes a row for each that is new or differs. A
 * type that the list leaves out has a count of 0; without a list, all counts are unknown.
 */
export function compareTypes(
  system: SystemState,
  station: StationState,
  row: StationStatus,
  at: number,
  isLive: boolean,
  writes: PendingWrites,
): void {
  const listed = row.vehicle_types_available;
  station.types ??= [];
  const { types } = station;
  for (let index = 0; index < types.length; index++) {
    const type = types[index] as StationType;
    const { vehicle_type_id } = type;
    const now = vehicle_type_id === null ? row.num_ebikes_available : countOf(listed, vehicle_type_id, index);
    if (type.num_available !== (now ?? -1)) note(system, type, now ?? -1, at, isLive, writes);
  }
  if (row.num_ebikes_available !== null && !has(types, null, 0))
    add(system, station, null, row.num_ebikes_available, at, isLive, writes);
  if (listed === null) return;
  for (let index = 0; index < listed.length; index++) {
    const { vehicle_type_id, count } = listed[index] as VehicleTypeCount;
    if (!has(types, vehicle_type_id, index))
      add(system, station, vehicle_type_id, count ?? -1, at, isLive, writes);
  }
}

/** A list nearly always has the order of the last one, so that `likely` is where the type stands. */
function countOf(
  listed: StationStatus['vehicle_types_available'],
  vehicle_type_id: string,
  likely: number,
): number | null {
  if (listed === null) return null;
  const first = listed[likely];
  if (first?.vehicle_type_id === vehicle_type_id) return first.count;
  for (const type of listed) if (type.vehicle_type_id === vehicle_type_id) return type.count;
  return 0;
}

function has(types: readonly StationType[], vehicle_type_id: string | null, likely: number): boolean {
  if (types[likely]?.vehicle_type_id === vehicle_type_id) return true;
  for (const type of types) if (type.vehicle_type_id === vehicle_type_id) return true;
  return false;
}

function add(
  system: SystemState,
  station: StationState,
  vehicle_type_id: string | null,
  num_available: number,
  at: number,
  isLive: boolean,
  writes: PendingWrites,
): void {
  if (vehicle_type_id !== null && !needVehicleType(system, vehicle_type_id, writes)) return;
  const type: StationType = { station, vehicle_type_id, num_available, observed_at: at };
  station.types?.push(type);
  note(system, type, num_available, at, isLive, writes);
}

function note(
  system: SystemState,
  type: StationType,
  num_available: number,
  at: number,
  isLive: boolean,
  writes: PendingWrites,
): void {
  type.num_available = num_available;
  type.observed_at = at;
  writes.typeStatus.push({ type, system, observed_at: at, num_available });
  if (isLive) writes.typeStates.set(type, system);
}

/** More than any system has. A feed that names new types at each poll would otherwise fill the table and the memory. */
export const VEHICLE_TYPES_MAX = 1_000;

/** Requests a key for a type that is new to the system. False when the system has too many types, so that this one is ignored. */
export function needVehicleType(
  system: SystemState,
  vehicle_type_id: string,
  writes: PendingWrites,
): boolean {
  if (system.vehicle_types.has(vehicle_type_id)) return true;
  if (system.vehicle_types.size >= VEHICLE_TYPES_MAX) return false;
  system.vehicle_types.set(vehicle_type_id, 0);
  const ids = writes.vehicleTypes.get(system) ?? new Set();
  writes.vehicleTypes.set(system, ids.add(vehicle_type_id));
  return true;
}
