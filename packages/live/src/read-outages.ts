import type { ProfileHour } from './api/history.ts';
import type { Outage, StationOutage } from './api/outage.ts';
import type { Window } from './parameters.ts';
import type { Reader } from './reader.ts';

const OUTAGE_COLUMNS = 'state, from_at, to_at, is_open, duration_seconds, start_observed, end_observed';

/** The times in which stations of a system could not be used, each whole, also where it is longer than the window. */
export async function readOutages(reader: Reader, systemId: string, { from, to }: Window): Promise<Outage[]> {
  return await reader.query<Outage>(
    `select station_id, name, lat, lon, ${OUTAGE_COLUMNS}
     from api.outage_episode_between($1, $2, $3) order by from_at, station_id collate "C"`,
    [from, to, systemId],
  );
}

/** Those of one station, in order of from_at. */
export async function readStationOutages(
  reader: Reader,
  systemId: string,
  stationId: string,
  { from, to }: Window,
): Promise<StationOutage[]> {
  return await reader.query<StationOutage>(
    `select ${OUTAGE_COLUMNS} from api.outage_episode_between($1, $2, $3, $4) order by from_at`,
    [from, to, systemId, stationId],
  );
}

/** What a station usually offers, by hour of the week. */
export async function readProfile(
  reader: Reader,
  systemId: string,
  stationId: string,
): Promise<ProfileHour[]> {
  return await reader.query<ProfileHour>(
    'select weekday, hour, bikes_mean from api.profile_weekly_of($1, $2) order by weekday, hour',
    [systemId, stationId],
  );
}
