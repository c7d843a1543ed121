import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { timeOf } from '../../sql-time.ts';
import type { FeedState, LaneState, StationState } from '../system-state.ts';
import { fromRows, type ListedVehicle } from './vehicle-state.ts';

/** Rounded because the milliseconds come from a float of seconds. */
const Milliseconds = z.number().transform(Math.round);

const VehicleRow = z.object({
  vehicle_id: z.string(),
  listed_range_km: z.number().nullable(),
  stay_key: z.string().transform(Number),
  vehicle_type_id: z.string().nullable(),
  lat_e5: z.number().nullable(),
  lon_e5: z.number().nullable(),
  station_id: z.string().nullable(),
  state: z.enum(['available', 'reserved', 'disabled']),
  range_km: z.number().nullable(),
  from_ms: Milliseconds,
  to_ms: Milliseconds.nullable(),
  begin_seen: z.boolean(),
  end_seen: z.boolean().nullable(),
});

/**
 * Reads the vehicles of a lane as they were at its end: those with an id, and open stays whose id has since been
 * deleted. Such a stay gets a name that no feed can give, so that it continues by type and place, or ends.
 */
export async function loadVehicles(db: CommonQueryMethods, feed: FeedState, state: LaneState): Promise<void> {
  const { from_at, to_at } = state.lane;
  const lane_from_at = timeOf(from_at);
  const stay = sql.fragment`stay.stay_key::text, type.vehicle_type_id, stay.lat_e5, stay.lon_e5, stay.station_id, stay.state::text,
    stay.range_km, extract(epoch from stay.from_at)::float8 * 1000 as from_ms, extract(epoch from stay.to_at)::float8 * 1000 as to_ms,
    stay.begin_seen, stay.end_seen`;
  const rows = await db.any(sql.type(VehicleRow)`
    select listed.vehicle_id, listed.range_km as listed_range_km, ${stay}
    from velolog.vehicle_listed as listed
    join velolog.vehicle_stay as stay on stay.stay_key = listed.stay_key and stay.from_at = listed.from_at
    left join velolog.vehicle_type as type using (vehicle_type_key)
    where listed.feed_key = ${feed.feed_key} and listed.lane_from_at = ${lane_from_at}
    union all
    select chr(1) || stay.stay_key, stay.range_km, ${stay}
    from velolog.vehicle_stay as stay
    left join velolog.vehicle_type as type using (vehicle_type_key)
    where stay.feed_key = ${feed.feed_key} and stay.to_at is null and stay.from_at between ${lane_from_at} and ${timeOf(to_at)}
      and not exists (
        select from velolog.vehicle_listed as listed
        where listed.feed_key = ${feed.feed_key} and listed.lane_from_at = ${lane_from_at} and listed.stay_key = stay.stay_key
      )`);
  state.vehicles.replace(fromRows(rows.map(toListed)));
  state.vehicles.settle();
}

function toListed({
  vehicle_id,
  listed_range_km,
  from_ms,
  to_ms,
  ...stay
}: z.infer<typeof VehicleRow>): ListedVehicle {
  return { vehicle_id, range_km: listed_range_km, stay: { ...stay, from_at: from_ms, to_at: to_ms } };
}

const DocumentRow = z.object({ hash: z.string(), valid_from_ms: Milliseconds });

/** Reads the last version of a document in a lane. */
export async function loadDocument(db: CommonQueryMethods, feed: FeedState, state: LaneState): Promise<void> {
  const { from_at, to_at } = state.lane;
  const row = await db.maybeOne(sql.type(DocumentRow)`
    select hash, extract(epoch from valid_from)::float8 * 1000 as valid_from_ms
    from velolog.feed_document
    where feed_key = ${feed.feed_key} and valid_from between ${timeOf(from_at)} and ${timeOf(to_at)}
    order by valid_from desc limit 1`);
  if (row !== null)
    state.document = { feed, hash: row.hash, valid_from: row.valid_from_ms, valid_to: null, text: null };
}

const TypeRow = z.object({
  station_key: z.number(),
  vehicle_type_id: z.string().nullable(),
  num_available: z.number(),
  observed_ms: Milliseconds,
});

/** Reads the counts by type of stations: the present ones, or those of a history lane. */
export async function loadStationTypes(
  db: CommonQueryMethods,
  stations: StationState[],
  history: { from_ms: number; to_ms: number } | null = null,
): Promise<void> {
  if (stations.length === 0) return;
  const keys = sql.array(
    stations.map(({ station_key }) => station_key),
    'int4',
  );
  const columns = sql.fragment`station_key, vehicle_type_id, coalesce(num_available, -1) as num_available,
    extract(epoch from observed_at)::float8 * 1000 as observed_ms`;
  const counts =
    history === null
      ? sql.fragment`velolog.station_type_state where station_key = any(${keys})`
      : sql.fragment`(
            select station_key, vehicle_type_key, observed_at, num_available from velolog.station_type_status
            union all select station_key, vehicle_type_key, observed_at, num_available from velolog.station_type_status_before
          ) as stored_or_kept
          where station_key = any(${keys}) and observed_at between ${timeOf(history.from_ms)} and ${timeOf(history.to_ms)}`;
  const rows = await db.any(sql.type(TypeRow)`
    select ${columns} from (
      select distinct on (station_key, vehicle_type_key) * from ${counts}
      order by station_key, vehicle_type_key, observed_at desc
    ) as newest
    left join velolog.vehicle_type using (vehicle_type_key)`);
  const byKey = new Map(stations.map((station) => [station.station_key, station]));
  for (const { station_key, vehicle_type_id, num_available, observed_ms } of rows) {
    const station = byKey.get(station_key);
    if (station === undefined) continue;
    station.types ??= [];
    station.types.push({ station, vehicle_type_id, num_available, observed_at: observed_ms });
  }
}
