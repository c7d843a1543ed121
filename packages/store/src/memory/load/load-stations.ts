import { type CommonQueryMethods, type FragmentSqlToken, sql } from 'slonik';
import { z } from 'zod';
import type { FeedState, LaneState, StationState, SystemState } from '../system-state.ts';
import { loadStationTypes } from '../vehicles/load-vehicles.ts';
import type { RangeOfLane } from './load-lanes.ts';
import { Milliseconds } from './milliseconds.ts';

/** Reads the stations of each live lane that the newest list contains, and the number of the others. */
export async function loadStations(db: CommonQueryMethods, feeds: Map<number, FeedState>): Promise<void> {
  const live = new Map<number, LaneState>();
  for (const feed of feeds.values()) {
    if (feed.feed === 'station_status' && feed.live !== null) live.set(feed.system.system_key, feed.live);
  }
  const of_systems = sql.fragment`station.system_key = any(${sql.array([...live.keys()], 'int4')})`;
  const stations: StationState[] = [];
  for (const row of await readStations(db, sql.fragment`${of_systems} and absence.from_at is null`)) {
    const state = live.get(row.system_key ?? 0);
    if (state !== undefined) stations.push(addStation(state, row));
  }
  await loadStationTypes(db, stations);
  const absent = await db.any(sql.type(AbsentRow)`
    select station.system_key, count(*)::int4 as stations, extract(epoch from max(status.observed_at))::float8 * 1000 as changed_ms
    from ${PRESENT_STATE} where ${of_systems} and absence.from_at is not null group by station.system_key`);
  for (const { system_key, stations, changed_ms } of absent) {
    const state = live.get(system_key);
    if (state === undefined) continue;
    state.let_go = stations;
    state.changed_at = Math.max(state.changed_at ?? 0, changed_ms);
  }
}

/** Reads the stations of a lane of history as they were at its end, also those whose last rows retention has left. */
export async function loadHistoryStations(
  db: CommonQueryMethods,
  feed: FeedState,
  state: LaneState,
  lane: RangeOfLane,
): Promise<void> {
  const columns = sql.fragment`status.observed_at, status.last_reported, status.num_bikes_available, status.num_docks_available,
    status.num_bikes_disabled, status.num_docks_disabled, status.flags`;
  const inLane = sql.fragment`status.station_key = station.station_key
    and status.observed_at between to_timestamp(${lane.from_ms / 1000}) and to_timestamp(${lane.to_ms / 1000})`;
  const rows = await db.any(sql.type(StationRow)`
    select station.station_key, station.station_id, ${STATUS_COLUMNS}, 0::float8 as state_since_ms,
      absence.last_seen_ms, absence.from_ms
    from velolog.station
    cross join lateral (
      select * from (
        (select ${columns} from velolog.station_status as status where ${inLane} order by status.observed_at desc limit 1)
        union all
        select ${columns} from velolog.station_status_before as status where ${inLane}
      ) as stored_or_kept
      order by observed_at desc limit 1
    ) as status
    left join lateral (
      select extract(epoch from last_seen_at)::float8 * 1000 as last_seen_ms, extract(epoch from from_at)::float8 * 1000 as from_ms
      from velolog.station_absence
      where station_absence.station_key = station.station_key and to_at is null
        and from_at between to_timestamp(${lane.from_ms / 1000}) and to_timestamp(${lane.to_ms / 1000})
    ) as absence on true
    where station.system_key = ${feed.system.system_key}`);
  await loadStationTypes(
    db,
    rows.map((row) => addStation(state, row)),
    lane,
  );
}

/** Reads absent stations of the live lane that memory has dropped and that a list names again. */
export async function recallStations(
  db: CommonQueryMethods,
  system: SystemState,
  lane: LaneState,
  station_ids: string[],
): Promise<number> {
  const rows = await readStations(
    db,
    sql.fragment`station.system_key = ${system.system_key} and station.station_id = any(${sql.array(station_ids, 'text')})
      and absence.from_at is not null`,
  );
  await loadStationTypes(
    db,
    rows.map((row) => addStation(lane, row)),
  );
  return rows.length;
}

const STATUS_COLUMNS = sql.fragment`
  extract(epoch from status.observed_at)::float8 * 1000 as observed_ms,
  extract(epoch from status.last_reported)::float8 as last_reported,
  coalesce(status.num_bikes_available, -1) as num_bikes_available,
  coalesce(status.num_docks_available, -1) as num_docks_available,
  coalesce(status.num_bikes_disabled, -1) as num_bikes_disabled,
  coalesce(status.num_docks_disabled, -1) as num_docks_disabled,
  status.flags`;

const StationRow = z.object({
  system_key: z.number().optional(),
  station_key: z.number(),
  station_id: z.string(),
  observed_ms: Milliseconds,
  last_reported: z.number().nullable(),
  num_bikes_available: z.number(),
  num_docks_available: z.number(),
  num_bikes_disabled: z.number(),
  num_docks_disabled: z.number(),
  flags: z.number(),
  state_since_ms: Milliseconds,
  last_seen_ms: Milliseconds.nullable(),
  from_ms: Milliseconds.nullable(),
});

const PRESENT_STATE = sql.fragment`velolog.station
    join velolog.station_state as status using (station_key)
    left join velolog.station_absence as absence
      on absence.station_key = station.station_key and absence.to_at is null and absence.from_at > status.observed_at`;

const AbsentRow = z.object({ system_key: z.number(), stations: z.number(), changed_ms: Milliseconds });

async function readStations(
  db: CommonQueryMethods,
  which: FragmentSqlToken,
): Promise<readonly z.infer<typeof StationRow>[]> {
  return await db.any(sql.type(StationRow)`
    select station.system_key, station.station_key, station.station_id, ${STATUS_COLUMNS},
      extract(epoch from status.state_since)::float8 * 1000 as state_since_ms,
      extract(epoch from absence.last_seen_at)::float8 * 1000 as last_seen_ms,
      extract(epoch from absence.from_at)::float8 * 1000 as from_ms
    from ${PRESENT_STATE} where ${which}`);
}

function addStation(state: LaneState, row: z.infer<typeof StationRow>): StationState {
  const station: StationState = {
    station_key: row.station_key,
    station_id: row.station_id,
    observed_at: row.observed_ms,
    last_reported: row.last_reported,
    num_bikes_available: row.num_bikes_available,
    num_docks_available: row.num_docks_available,
    num_bikes_disabled: row.num_bikes_disabled,
    num_docks_disabled: row.num_docks_disabled,
    flags: row.flags,
    state_since: row.state_since_ms,
    seen_in_poll: 0,
    absence: null,
    types: null,
  };
  if (row.from_ms !== null && row.last_seen_ms !== null) {
    station.absence = { station, last_seen_at: row.last_seen_ms, from_at: row.from_ms, to_at: null };
  } else {
    state.present += 1;
  }
  state.changed_at = Math.max(state.changed_at ?? 0, station.observed_at);
  state.stations.set(row.station_id, station);
  return station;
}
