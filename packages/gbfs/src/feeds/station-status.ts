import type { Decoded } from '../decoded.ts';
import type { Envelope } from '../envelope.ts';
import type { JsonObject } from '../json-object.ts';
import { readCount } from '../values/count.ts';
import { readFlag } from '../values/flag.ts';
import { latestReport, readTimestamp } from '../values/timestamp.ts';
import { decodeStations } from './station-list.ts';
import {
  type DockCount,
  readEbikes,
  readVehicleDocks,
  readVehicleTypes,
  type VehicleTypeCount,
} from './station-vehicle-types.ts';

/** One station as given by one body. Absent values are null, never 0 or false. */
export type StationStatus = {
  station_id: string;
  num_bikes_available: number | null;
  num_docks_available: number | null;
  num_bikes_disabled: number | null;
  num_docks_disabled: number | null;
  is_installed: boolean | null;
  is_renting: boolean | null;
  is_returning: boolean | null;
  /** Epoch seconds. It is stored, but is never a key or a sign of change: some feeds set it to the time of the request. */
  last_reported: number | null;
  /** E-bikes when the feed itself counts them; otherwise `vehicle_types_available` and vehicle_types may tell. */
  num_ebikes_available: number | null;
  vehicle_types_available: VehicleTypeCount[] | null;
  vehicle_docks_available: DockCount[] | null;
};

/**
 * Decodes station_status of GBFS 1.0 to 3.1 by shape.
 * A plain check reads values that follow the specification; only the others go through zod (see count.ts, flag.ts, timestamp.ts).
 * @throws UndecodableBody when there is no list of stations.
 */
export function decodeStationStatus(document: unknown): Decoded<StationStatus> {
  return decodeStations(document, readStation);
}

function readStation(station: JsonObject, station_id: string, envelope: Envelope): StationStatus {
  const { coerced, last_updated } = envelope;
  const vehicle_types_available = readVehicleTypes(station, coerced);
  return {
    station_id,
    // From 3.0 on the names say vehicles instead of bikes. Where a feed sends both, they are equal (Oslo 2.3), so the older name wins.
    num_bikes_available: readCount(station.num_bikes_available ?? station.num_vehicles_available, coerced),
    num_docks_available: readCount(station.num_docks_available, coerced),
    num_bikes_disabled: readCount(station.num_bikes_disabled ?? station.num_vehicles_disabled, coerced),
    num_docks_disabled: readCount(station.num_docks_disabled, coerced),
    is_installed: readFlag(station.is_installed, coerced),
    is_renting: readFlag(station.is_renting, coerced),
    is_returning: readFlag(station.is_returning, coerced),
    last_reported: readTimestamp(station.last_reported, 'last_reported', coerced, latestReport(last_updated)),
    num_ebikes_available: readEbikes(station, vehicle_types_available, coerced),
    vehicle_types_available,
    vehicle_docks_available: readVehicleDocks(station, coerced),
  };
}
