import type { Decoded } from '../decoded.ts';
import type { Envelope } from '../envelope.ts';
import type { JsonObject } from '../json-object.ts';
import { readCount } from '../values/count.ts';
import { readFlag } from '../values/flag.ts';
import { LATEST_TIMESTAMP, readTimestamp } from '../values/timestamp.ts';
import { decodeStations } from './station-list.ts';

/** One station as one body gives it. Absent is null, never 0 and never false. */
export type StationStatus = {
  station_id: string;
  num_bikes_available: number | null;
  num_docks_available: number | null;
  num_bikes_disabled: number | null;
  num_docks_disabled: number | null;
  is_installed: boolean | null;
  is_renting: boolean | null;
  is_returning: boolean | null;
  /** Epoch seconds. A fact to store, never a key or a sign of change: feeds set it to the time of the request. */
  last_reported: number | null;
};

const SECONDS_PER_DAY = 86_400;

/**
 * Decodes station_status of GBFS 1.0 to 3.1 by shape.
 * A value that fits the specification is read by a plain check; only one that does not goes through zod (see count.ts, flag.ts, timestamp.ts).
 * @throws UndecodableBody when there is no list of stations.
 */
export function decodeStationStatus(document: unknown): Decoded<StationStatus> {
  return decodeStations(document, readStation);
}

function readStation(station: JsonObject, station_id: string, envelope: Envelope): StationStatus {
  const { coerced, last_updated } = envelope;
  // A cached body with a fresh stamp puts last_reported seconds after last_updated (39 % of Oslo's); a day is no cache any more.
  const latest = last_updated === null ? LATEST_TIMESTAMP : last_updated + SECONDS_PER_DAY;
  return {
    station_id,
    // From 3.0 on vehicles replace bikes in the names. Where a feed sends both they are equal (Oslo 2.3), so the older name wins.
    num_bikes_available: readCount(station.num_bikes_available ?? station.num_vehicles_available, coerced),
    num_docks_available: readCount(station.num_docks_available, coerced),
    num_bikes_disabled: readCount(station.num_bikes_disabled ?? station.num_vehicles_disabled, coerced),
    num_docks_disabled: readCount(station.num_docks_disabled, coerced),
    is_installed: readFlag(station.is_installed, coerced),
    is_renting: readFlag(station.is_renting, coerced),
    is_returning: readFlag(station.is_returning, coerced),
    last_reported: readTimestamp(station.last_reported, 'last_reported', coerced, latest),
  };
}
