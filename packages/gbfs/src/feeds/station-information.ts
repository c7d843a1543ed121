import type { Decoded } from '../decoded.ts';
import { readCoordinates } from '../values/coordinates.ts';
import { readCount } from '../values/count.ts';
import { readOptionalId } from '../values/id.ts';
import { readLocalizedText } from '../values/localized-text.ts';
import { type RentalUris, readRentalUris } from '../values/web-url.ts';
import { decodeStations } from './station-list.ts';

/**
 * The static data of a station.
 * Absent values are null: 358 of the 580 systems with 20 stations or more give no capacity for at least half of them.
 */
export type StationInformation = {
  station_id: string;
  name: string | null;
  lat: number | null;
  lon: number | null;
  capacity: number | null;
  region_id: string | null;
  rental_uris: RentalUris | null;
};

/**
 * Decodes station_information of GBFS 1.0 to 3.1 by shape.
 * @param languages preferred translations of a name; without them the publisher's first.
 * @throws UndecodableBody when there is no list of stations.
 */
export function decodeStationInformation(
  document: unknown,
  languages: readonly string[] = [],
): Decoded<StationInformation> {
  return decodeStations(document, (station, station_id, { coerced }) => {
    const { lat, lon } = readCoordinates(station.lat, station.lon, coerced);
    return {
      station_id,
      name: readLocalizedText(station.name, coerced, languages),
      lat,
      lon,
      capacity: readCount(station.capacity, coerced),
      region_id: readOptionalId(station.region_id, 'region_id', coerced),
      rental_uris: readRentalUris(station.rental_uris, coerced),
    };
  });
}
