import type { PlacedVehicle, VehicleCluster } from '../../api/place.ts';
import type { Vehicle } from '../../api/vehicle.ts';
import type { Reader } from '../../database/reader.ts';
import { type Box, boxAround } from '../../geography/box.ts';
import { type ClusterBy, groupOf, inBox, metersTo } from './in-box.ts';
import type { Near, Systems } from './read-placed-stations.ts';

const COLUMNS = `system_id, vehicle_type_id, form_factor, propulsion_type, lat, lon, station_id, state, range_meters::integer as range_meters,
  since, since_seen, system_id = any($2) as overdue`;

/** The vehicles of the given systems in a box, at most `limit`; their order reveals nothing. */
export async function readVehiclesIn(
  reader: Reader,
  box: Box,
  { ids, late }: Systems,
  limit: number,
): Promise<PlacedVehicle[]> {
  const { text, values } = inBox(box, 4);
  return await reader.query<PlacedVehicle>(
    `select ${COLUMNS} from api.vehicle_current where system_id = any($1) and ${text}
     order by system_id, lat, lon, since limit $3`,
    [ids, late, limit, ...values],
  );
}

/** All of them, summed by cell or system. */
export async function clusterVehiclesIn(
  reader: Reader,
  box: Box,
  { ids, late }: Systems,
  by: ClusterBy,
): Promise<VehicleCluster[]> {
  if (ids.length === 0) return [];
  const { text, values } = inBox(box, 3);
  return await reader.query<VehicleCluster>(
    `select avg(lat) as lat, avg(lon) as lon, count(distinct system_id)::integer as systems, count(*)::integer as vehicles,
       count(*) filter (where state = 'available' and system_id <> all($2))::integer as available,
       count(*) filter (where system_id = any($2))::integer as unknown
     from api.vehicle_current where system_id = any($1) and ${text}
     group by ${groupOf(by, box)}`,
    [ids, late, ...values],
  );
}

/** Asked of the database, so that others that are nearer do not take their places in the list. */
const FREE = `and state = 'available' and station_id is null and system_id <> all($2)`;

/** The nearest first, at most `limit`. */
export async function readVehiclesNear(
  reader: Reader,
  { lat, lon, radiusMeters }: Near,
  { ids, late }: Systems,
  { limit, state, isFree }: { limit: number; state: Vehicle['state'] | undefined; isFree: boolean },
): Promise<(PlacedVehicle & { distance_meters: number })[]> {
  const { text, values } = inBox(boxAround({ lat, lon }, radiusMeters), 8);
  return await reader.query(
    `select * from (
       select ${COLUMNS}, round(${metersTo('$4', '$5')})::integer as distance_meters
       from api.vehicle_current
       where system_id = any($1) and ($7::text is null or state = $7) and ${text} ${isFree ? FREE : ''}
     ) as vehicle
     where distance_meters <= $6
     order by distance_meters, system_id, lat, lon limit $3`,
    [ids, late, limit, lat, lon, radiusMeters, state ?? null, ...values],
  );
}
