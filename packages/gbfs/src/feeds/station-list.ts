import { type Decoded, UndecodableBody } from '../decoded.ts';
import { type Envelope, readEnvelope } from '../envelope.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import { type Tally, tally } from '../tally.ts';
import { readStationId, stationIdProblem } from '../values/station-id.ts';

/** Reads the values of one station. */
export type StationReader<Row> = (station: JsonObject, station_id: string, envelope: Envelope) => Row;

/**
 * Decodes a feed that is a list of stations. A bad row is skipped and tallied, never a feed. A station listed twice counts once, as its last row.
 * @throws UndecodableBody `not_a_feed` or `no_station_list`. An empty list is a list.
 */
export function decodeStations<Row extends { station_id: string }>(
  document: unknown,
  readStation: StationReader<Row>,
): Decoded<Row> {
  const { content, envelope } = readEnvelope(document);
  const stations = content.stations;
  if (!Array.isArray(stations)) {
    throw new UndecodableBody('no_station_list', 'Cannot decode body: it has no list "stations"');
  }
  const rows: Row[] = [];
  const ids = new Set<string>();
  for (const listed of stations) {
    const station = isJsonObject(listed) ? unwrap(listed, envelope.coerced) : undefined;
    const station_id = station && readStationId(station.station_id, envelope.coerced);
    if (station === undefined || station_id === undefined) {
      const reason = station === undefined ? 'not_an_object' : stationIdProblem(station.station_id);
      tally(envelope.skipped, reason ?? 'station_id_unusable');
      continue;
    }
    ids.add(station_id);
    rows.push(readStation(station, station_id, envelope));
  }
  return { rows: ids.size === rows.length ? rows : keepLast(rows, envelope.skipped), ...envelope };
}

/** One publisher wrapped each station as {data, headers, status} (wielebenwir/commonsbooking#2249). */
function unwrap(station: JsonObject, coerced: Tally): JsonObject {
  if (station.station_id !== undefined || !isJsonObject(station.data)) return station;
  tally(coerced, 'station_unwrapped');
  return station.data;
}

function keepLast<Row extends { station_id: string }>(rows: Row[], skipped: Tally): Row[] {
  const lastById = new Map(rows.map((row) => [row.station_id, row]));
  tally(skipped, 'duplicate', rows.length - lastById.size);
  return [...lastById.values()];
}
