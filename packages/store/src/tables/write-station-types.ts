import { type DatabaseTransactionConnection, sql } from 'slonik';
import type { PendingWrites } from '../memory/pending-writes.ts';
import type { StationType, SystemState } from '../memory/system-state.ts';
import { countArray, numberArray } from './sql-arrays.ts';

/** The key of num_ebikes_available, which is not a type. */
const OWN_EBIKES_KEY = 0;

/** Writes the changed counts by vehicle type. Stations and vehicle types must have their keys. */
export async function writeStationTypes(
  transaction: DatabaseTransactionConnection,
  { typeStatus, typeStates }: PendingWrites,
): Promise<void> {
  if (typeStatus.length === 0) return;
  await transaction.query(sql.unsafe`
    insert into velolog.station_type_status (observed_at, station_key, vehicle_type_key, num_available)
    select 'epoch'::timestamptz + at * interval '1 ms', station_key, vehicle_type_key, num_available
    from unnest(
      ${numberArray(typeStatus.map((row) => row.observed_at))}::int8[],
      ${numberArray(typeStatus.map((row) => row.type.station.station_key))}::int4[],
      ${numberArray(typeStatus.map((row) => keyOf(row.type, row.system)))}::int4[],
      ${countArray(typeStatus.map((row) => row.num_available))}::int2[]
    ) as new (at, station_key, vehicle_type_key, num_available)
    on conflict do nothing`);
  if (typeStates.size === 0) return;
  const types = [...typeStates.keys()];
  await transaction.query(sql.unsafe`
    insert into velolog.station_type_state (observed_at, station_key, vehicle_type_key, num_available)
    select 'epoch'::timestamptz + at * interval '1 ms', station_key, vehicle_type_key, num_available
    from unnest(
      ${numberArray(types.map((type) => type.observed_at))}::int8[],
      ${numberArray(types.map((type) => type.station.station_key))}::int4[],
      ${numberArray(Array.from(typeStates, ([type, system]) => keyOf(type, system)))}::int4[],
      ${countArray(types.map((type) => type.num_available))}::int2[]
    ) as new (at, station_key, vehicle_type_key, num_available)
    on conflict (station_key, vehicle_type_key) do update set
      observed_at = excluded.observed_at, num_available = excluded.num_available`);
}

function keyOf({ vehicle_type_id }: StationType, system: SystemState): number {
  return vehicle_type_id === null
    ? OWN_EBIKES_KEY
    : (system.vehicle_types.get(vehicle_type_id) ?? OWN_EBIKES_KEY);
}
