import { isJsonObject, type JsonObject } from '../json-object.ts';
import { type Tally, tally } from '../tally.ts';
import { readCount } from '../values/count.ts';
import { readId, readIdList } from '../values/id.ts';
import { impliedVehicleType, isElectricBicycle } from './vehicle-types.ts';

/** How many vehicles of a type a station has. The count is null when the feed's value cannot be true. */
export type VehicleTypeCount = { vehicle_type_id: string; count: number | null };
/** How many docks are free for some vehicle types. */
export type DockCount = { vehicle_type_ids: string[]; count: number | null };

/** The recorded stations have at most 4 types. A list this long is a defect, and would become as many rows for each station. */
export const TYPES_PER_STATION_MAX = 100;

/**
 * Reads vehicles by type from `vehicle_types_available` (2.1 to 3.1) or `num_bikes_available_types`, an extension that names kinds
 * instead of types: as an object (PBSC, BCycle) or as a list of objects with one key each (Velib).
 * Returns null when the feed does not tell. When a type is listed twice, the last count applies; a type that is not listed has no count.
 */
export function readVehicleTypes(station: JsonObject, coerced: Tally): VehicleTypeCount[] | null {
  const listed = station.vehicle_types_available ?? station.num_bikes_available_types;
  if (listed === undefined || listed === null) return null;
  const entries = Array.isArray(listed) ? listed : [listed];
  if (entries.length > TYPES_PER_STATION_MAX) {
    tally(coerced, 'vehicle_types_too_many');
    return null;
  }
  const counts: VehicleTypeCount[] = [];
  for (const entry of entries) {
    if (!isJsonObject(entry)) tally(coerced, 'vehicle_types_unreadable');
    else if (entry.vehicle_type_id !== undefined)
      addCount(counts, entry.vehicle_type_id, entry.count, coerced);
    else for (const kind in entry) addCount(counts, kind, entry[kind], coerced);
  }
  if (counts.length > TYPES_PER_STATION_MAX) {
    tally(coerced, 'vehicle_types_too_many');
    return null;
  }
  // A list without a readable entry says nothing.
  return counts.length === 0 && entries.length > 0 ? null : counts;
}

function addCount(counts: VehicleTypeCount[], id: unknown, count: unknown, coerced: Tally): void {
  const vehicle_type_id = readId(id, 'vehicle_type_id', coerced);
  if (vehicle_type_id === undefined) {
    tally(coerced, 'vehicle_types_unreadable');
    return;
  }
  const read = readCount(count, coerced);
  for (const known of counts) {
    if (known.vehicle_type_id !== vehicle_type_id) continue;
    tally(coerced, 'vehicle_type_duplicate');
    known.count = read;
    return;
  }
  counts.push({ vehicle_type_id, count: read });
}

/** Reads free docks by type (2.1 to 3.1). Returns null when the feed does not tell. */
export function readVehicleDocks(station: JsonObject, coerced: Tally): DockCount[] | null {
  const listed = station.vehicle_docks_available;
  if (listed === undefined || listed === null) return null;
  if (!Array.isArray(listed) || listed.length > TYPES_PER_STATION_MAX) {
    tally(coerced, 'vehicle_docks_unreadable');
    return null;
  }
  const docks: DockCount[] = [];
  for (const entry of listed) {
    const ids = isJsonObject(entry) ? readIdList(entry.vehicle_type_ids, 'vehicle_type_id', coerced) : null;
    if (ids === null) tally(coerced, 'vehicle_docks_unreadable');
    else docks.push({ vehicle_type_ids: ids, count: readCount((entry as JsonObject).count, coerced) });
  }
  return docks;
}

/**
 * Counts e-bikes when the feed itself says which they are: `num_ebikes_available` (Lyft), or the kinds of `num_bikes_available_types`.
 * Otherwise returns null, never 0: for `vehicle_types_available`, only vehicle_types says which types are e-bikes.
 */
export function readEbikes(
  station: JsonObject,
  types: readonly VehicleTypeCount[] | null,
  coerced: Tally,
): number | null {
  if (station.num_ebikes_available !== undefined) return readCount(station.num_ebikes_available, coerced);
  if (types === null || station.num_bikes_available_types === undefined) return null;
  if (station.vehicle_types_available !== undefined && station.vehicle_types_available !== null) return null;
  let sum: number | null = null;
  for (const { vehicle_type_id, count } of types) {
    const type = impliedVehicleType(vehicle_type_id);
    // An unknown kind may be electric, too.
    if (type === undefined) return null;
    if (!isElectricBicycle(type)) continue;
    if (count === null) return null;
    sum = (sum ?? 0) + count;
  }
  return sum;
}
