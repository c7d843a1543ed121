import type { Station, StationDetail } from '../api/station.ts';
import type { Reader } from '../database/reader.ts';
import { INFORMATION_VERSION } from './read-information-version.ts';

/** The columns of an answer, in its order. */
export const STATION_COLUMNS = `station_id, name, lat, lon, capacity, num_bikes_available, num_docks_available,
  num_bikes_disabled, num_docks_disabled, is_installed, is_renting, is_returning, state, state_since, first_observed_at, observed_at,
  num_ebikes_available`;

/** The current stations of a system, in order of their ids. */
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

/** One station with its rental links. */
export async function readStation(
  reader: Reader,
  systemId: string,
  stationId: string,
): Promise<StationDetail | undefined> {
  const [rows, [rental_uris = null]] = await Promise.all([
    readStations(reader, systemId, stationId),
    reader.query<NonNullable<StationDetail['rental_uris']>>(
      'select web, android, ios from api.rental_uris_of($1, $2)',
      [systemId, stationId],
    ),
  ]);
  return rows[0] && { ...rows[0], rental_uris };
}

/** All stations of a system and the version of their names and positions, as of one moment: it is one statement. */
export async function readSnapshot(
  reader: Reader,
  systemId: string,
): Promise<{ stations: Station[]; information_version: string }> {
  const rows = await reader.query<{ [Name in keyof Station]: Station[Name] | null } & { version: string }>(
    `select information.version, ${STATION_COLUMNS}
     from (select ${INFORMATION_VERSION} as version) as information
     left join (select * from api.station_current where system_id = $1) as station on true
     order by station_id`,
    [systemId],
  );
  const stations = rows.flatMap(({ version: _, ...station }) =>
    station.station_id === null ? [] : [station as Station],
  );
  return { stations, information_version: rows[0]?.version ?? '' };
}

/** When the newest list with stations was observed: present stations have its time, absent ones an earlier one. */
export function newestObservation(stations: { observed_at: string }[]): string | null {
  let newest: string | null = null;
  for (const { observed_at } of stations) if (newest === null || observed_at > newest) newest = observed_at;
  return newest;
}
