import type { Decoded } from '../decoded.ts';
import type { Envelope } from '../envelope.ts';
import type { JsonObject } from '../json-object.ts';
import { decodeRows } from './row-list.ts';

/** Where a body lists stations. A null is not a list: Go writes a list that was never created as null. */
export const STATIONS = { names: ['stations'], missing: 'no_station_list' } as const;

/** Reads the values of one station. */
export type StationReader<Row> = (station: JsonObject, station_id: string, envelope: Envelope) => Row;

/**
 * Decodes a feed that is a list of stations.
 * @throws UndecodableBody `not_a_feed`, `too_many_rows` or `no_station_list`. An empty list is valid.
 */
export function decodeStations<Row extends { station_id: string }>(
  document: unknown,
  readStation: StationReader<Row>,
): Decoded<Row> {
  return decodeRows(document, {
    ...STATIONS,
    id: 'station_id',
    readRow: readStation,
  });
}
