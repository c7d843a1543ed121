import type { PlacedStation, StationCluster } from '../../api/place.ts';
import type { Reader } from '../../database/reader.ts';
import { type Box, boxAround } from '../../geography/box.ts';
import { STATION_COLUMNS } from '../read-stations.ts';
import { type ClusterBy, groupOf, inBox, metersTo } from './in-box.ts';

/** The systems to read, and those of them whose data is late. */
export type Systems = { ids: string[]; late: string[] };

const COLUMNS = `system_id, ${STATION_COLUMNS}, system_id = any($2) as overdue`;

/** The stations of the given systems in a box, at most `limit`. A station without a position is in no box. */
export async function readStationsIn(
  reader: Reader,
  box: Box,
  { ids, late }: Systems,
  limit: number,
): Promise<PlacedStation[]> {
  const { text, values } = inBox(box, 4);
  return await reader.query<PlacedStation>(
    `select ${COLUMNS} from api.station_current where system_id = any($1) and ${text} limit $3`,
    [ids, late, limit, ...values],
  );
}

/**
 * All of them, summed by cell or system. Stations that are late, absent or unknown do not add to the sums; they are counted
 * separately.
 */
export async function clusterStationsIn(
  reader: Reader,
  box: Box,
  { ids, late }: Systems,
  by: ClusterBy,
): Promise<StationCluster[]> {
  if (ids.length === 0) return [];
  const { text, values } = inBox(box, 3);
  return await reader.query<StationCluster>(
    `select avg(lat) as lat, avg(lon) as lon, count(distinct system_id)::integer as systems, count(*)::integer as stations,
       sum(num_bikes_available) filter (where is_known)::integer as bikes,
       sum(num_docks_available) filter (where is_known)::integer as docks,
       count(*) filter (where not is_known)::integer as unknown
     from (
       select system_id, lat, lon, num_bikes_available, num_docks_available,
         state not in ('absent', 'unknown') and system_id <> all($2) as is_known
       from api.station_current where system_id = any($1) and ${text}
     ) as station
     group by ${groupOf(by, box)}`,
    [ids, late, ...values],
  );
}

export type Near = { lat: number; lon: number; radiusMeters: number };

/** `bike`: a bike can be taken, as far as is known. `dock`: a bike can be returned. */
export type Offers = 'bike' | 'dock' | undefined;

const OFFERING = {
  bike: `and system_id <> all($2) and state in ('ok', 'full') and num_bikes_available > 0`,
  dock: `and system_id <> all($2) and state in ('ok', 'empty') and num_docks_available > 0 and is_returning is distinct from false`,
};

/** The nearest first, at most `limit`, without stations that the feed no longer lists. */
export async function readStationsNear(
  reader: Reader,
  { lat, lon, radiusMeters }: Near,
  { ids, late }: Systems,
  { limit, offers }: { limit: number; offers: Offers },
): Promise<(PlacedStation & { distance_meters: number })[]> {
  const { text, values } = inBox(boxAround({ lat, lon }, radiusMeters), 7);
  return await reader.query(
    `select * from (
       select ${COLUMNS}, round(${metersTo('$4', '$5')})::integer as distance_meters
       from api.station_current
       where system_id = any($1) and state <> 'absent' and ${text} ${offers === undefined ? '' : OFFERING[offers]}
     ) as station
     where distance_meters <= $6
     order by distance_meters, system_id, station_id limit $3`,
    [ids, late, limit, lat, lon, radiusMeters, ...values],
  );
}
