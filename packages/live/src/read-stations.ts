import type { Station } from './api/station.ts';
import type { Reader } from './reader.ts';

/** The columns of an answer, in its order. */
export const STATION_COLUMNS = `station_id, name, lat, lon, capacity, num_bikes_available, num_docks_available,
  num_bikes_disabled, num_docks_disabled, is_installed, is_renting, is_returning, state, state_since, first_observed_at, observed_at`;

/** The stations of a system as they are now, in order of their ids. */
export async function readStations(
  reader: Reader,
  systemId: string,
  stationId: string | null = null,
): Promise<Station[]> {
  return await reader.query<Station>(
    `select ${STATION_COLUMNS} from api.station_current
     where system_id = $1 and ($2::text is null or station_id = $2) order by station_id`,
    [systemId, stationId],
  );
}

/** When the newest list with stations was seen: present stations carry its time, absent ones an earlier one. */
export function newestObservation(stations: { observed_at: string }[]): string | null {
  let newest: string | null = null;
  for (const { observed_at } of stations) if (newest === null || observed_at > newest) newest = observed_at;
  return newest;
}
