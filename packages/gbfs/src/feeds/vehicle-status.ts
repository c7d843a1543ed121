import type { SkipCode } from '../codes.ts';
import type { Decoded } from '../decoded.ts';
import type { Envelope } from '../envelope.ts';
import type { JsonObject } from '../json-object.ts';
import { type Tally, tally } from '../tally.ts';
import { readCoordinates } from '../values/coordinates.ts';
import { readFlag } from '../values/flag.ts';
import { readOptionalId } from '../values/id.ts';
import { readNumber } from '../values/number.ts';
import { latestReport, readTimestamp } from '../values/timestamp.ts';
import { decodeRows } from './row-list.ts';
import { RANGE_METERS_MAX } from './vehicle-types.ts';

/** Where a body lists vehicles. */
export const VEHICLES = { names: ['vehicles', 'bikes'], missing: 'no_vehicle_list' } as const;

export type VehicleState = 'available' | 'reserved' | 'disabled';

/** One vehicle as given by one body. It has coordinates, a station or both; the rest is null when the feed does not tell. */
export type VehicleStatus = {
  /** Joined over time, the id would reveal a person's rides, so it must not leave the table of what is listed now. */
  vehicle_id: string;
  vehicle_type_id: string | null;
  lat: number | null;
  lon: number | null;
  station_id: string | null;
  state: VehicleState;
  /** The operator's estimate. */
  current_range_meters: number | null;
  /** From 0 to 1, also for a battery. */
  current_fuel_percent: number | null;
  /** Epoch seconds. Never a sign of change: Voi gives all its vehicles the same. */
  last_reported: number | null;
};

/**
 * Decodes free_bike_status (GBFS 1.0 to 2.3) and vehicle_status (from 3.0 on) by shape.
 * @throws UndecodableBody when there is no list of vehicles. An empty list is valid: nothing is parked.
 */
export function decodeVehicleStatus(document: unknown): Decoded<VehicleStatus> {
  const plainFuel: VehicleStatus[] = [];
  const ids = new Map<string, string>();
  const decoded = decodeRows(document, {
    ...VEHICLES,
    id: 'vehicle_id',
    idOf: (vehicle) => vehicle.vehicle_id ?? vehicle.bike_id,
    readRow: (vehicle, vehicle_id, envelope) => readVehicle(vehicle, vehicle_id, envelope, plainFuel, ids),
  });
  correctFuel(plainFuel, decoded.coerced);
  return decoded;
}

function readVehicle(
  vehicle: JsonObject,
  vehicle_id: string,
  envelope: Envelope,
  plainFuel: VehicleStatus[],
  ids: Map<string, string>,
): VehicleStatus | SkipCode {
  const { coerced, last_updated } = envelope;
  const { lat, lon } = readCoordinates(vehicle.lat, vehicle.lon, coerced);
  const station_id = shared(readOptionalId(vehicle.station_id, 'station_id', coerced), ids);
  // From 2.1 on a docked vehicle needs no coordinates.
  if (lat === null && station_id === null) return 'vehicle_place_missing';
  const range = readNumber(vehicle.current_range_meters, 'range', { min: 0, max: RANGE_METERS_MAX }, coerced);
  const row = {
    vehicle_id,
    vehicle_type_id: shared(readType(vehicle, coerced), ids),
    lat,
    lon,
    station_id,
    state: readState(vehicle, coerced),
    current_range_meters: range === null ? null : Math.round(range),
    current_fuel_percent: readFuel(vehicle, coerced),
    last_reported: readTimestamp(vehicle.last_reported, 'last_reported', coerced, latestReport(last_updated)),
  };
  if (!isPercentText(rawFuel(vehicle)) && row.current_fuel_percent !== null) plainFuel.push(row);
  return row;
}

/** Returns one string for equal ids of a body: JSON.parse makes a string for each vehicle, and remembered vehicles would keep them all in memory. */
function shared(id: string | null, ids: Map<string, string>): string | null {
  if (id === null) return null;
  const known = ids.get(id);
  if (known !== undefined) return known;
  ids.set(id, id);
  return id;
}

/** In GBFS 1.x, which has no types, `vehicle_type` (Spin) and `jump_vehicle_type` name a kind. */
function readType(vehicle: JsonObject, coerced: Tally): string | null {
  const id = readOptionalId(vehicle.vehicle_type_id, 'vehicle_type_id', coerced);
  if (id !== null) return id;
  const kind = vehicle.vehicle_type ?? vehicle.jump_vehicle_type;
  if (typeof kind !== 'string') return null;
  tally(coerced, 'vehicle_type_misnamed');
  return readOptionalId(kind, 'vehicle_type_id', coerced);
}

/**
 * When both flags are true, nobody can use the vehicle, so disabled wins. A missing flag is false (motis#1050).
 * A flag that cannot be read is tallied and must not make a vehicle look available.
 */
function readState(vehicle: JsonObject, coerced: Tally): VehicleState {
  const { is_disabled, is_reserved } = vehicle;
  if (readFlag(is_disabled, coerced) ?? isGiven(is_disabled)) return 'disabled';
  return (readFlag(is_reserved, coerced) ?? isGiven(is_reserved)) ? 'reserved' : 'available';
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function rawFuel(vehicle: JsonObject): unknown {
  return vehicle.current_fuel_percent ?? vehicle.jump_ebike_battery_level;
}

function isPercentText(value: unknown): value is string {
  return typeof value === 'string' && value.trim().endsWith('%');
}

/** Leaves a plain number as it is: only all vehicles together show whether the feed counts to 1 or to 100 (`correctFuel`). */
function readFuel(vehicle: JsonObject, coerced: Tally): number | null {
  const value = rawFuel(vehicle);
  if (!isPercentText(value)) return readNumber(value, 'fuel', { min: 0, max: 100 }, coerced);
  const percent = readNumber(value.trim().slice(0, -1), 'fuel', { min: 0, max: 100 }, coerced);
  return percent === null ? null : percent / 100;
}

/** GBFS counts from 0 to 1. A feed with any number of 2 or more counts to 100. A number slightly above 1 is a defect of one vehicle. */
function correctFuel(vehicles: readonly VehicleStatus[], coerced: Tally): void {
  const largest = vehicles.reduce(
    (most, { current_fuel_percent }) => Math.max(most, current_fuel_percent ?? 0),
    0,
  );
  if (largest <= 1) return;
  for (const vehicle of vehicles) {
    const fuel = vehicle.current_fuel_percent ?? 0;
    if (largest >= 2) vehicle.current_fuel_percent = fuel / 100;
    else if (fuel > 1) vehicle.current_fuel_percent = null;
    if (largest >= 2) tally(coerced, 'fuel_of_100');
    else if (fuel > 1) tally(coerced, 'fuel_out_of_range');
  }
}
