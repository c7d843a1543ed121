import { FEEDS, feedNamed, hasVehicleIds } from '@velolog/gbfs/feeds';
import { type CommonQueryMethods, type FragmentSqlToken, sql } from 'slonik';
import { z } from 'zod';
import type { BodyFacts } from './body-facts.ts';
import { type CoverageOutcome, type CoverageSpan, type Lane, startLane } from './coverage.ts';
import {
  type Carries,
  type FeedState,
  type HistoryLane,
  type LaneState,
  newFeed,
  newLaneState,
  newSystem,
  type StationState,
  type SystemState,
} from './system-state.ts';
import { loadVehicleTypes } from './vehicles/load-vehicle-types.ts';
import { loadDocument, loadStationTypes, loadVehicles } from './vehicles/load-vehicles.ts';

/** Reads what the tables say of these systems. A system they do not know yet gets a state of its own, with key 0. */
export async function loadSystems(
  db: CommonQueryMethods,
  system_ids: string[],
  carries?: Carries,
): Promise<Map<string, SystemState>> {
  const systems = new Map<string, SystemState>();
  for (const system_id of system_ids) {
    systems.set(system_id, newSystem(system_id));
  }
  const feeds = await loadFeeds(db, systems, carries);
  await loadRanges(db, feeds);
  await loadStations(db, feeds);
  await loadVehicleTypes(db, systems);
  for (const feed of feeds.values()) if (feed.live !== null) await loadRest(db, feed, feed.live);
  return systems;
}

/**
 * Reads the stations of a lane of history as they were at its end. A lane begins with a row for each station it lists, so rows from
 * before its beginning are another lane's, of stations that this one may never have listed.
 */
export async function loadHistory(
  db: CommonQueryMethods,
  feed: FeedState,
  history: HistoryLane,
): Promise<LaneState> {
  const lane = await db.one(sql.type(RangeRow)`
    select feed_key, ${LANE_COLUMNS} from velolog.observed_range
    where feed_key = ${feed.feed_key} and from_at = to_timestamp(${history.from_at / 1000})`);
  const state = newLaneState(laneOf(lane));
  await readSpans(db, feed, state.lane, lane);
  await loadRest(db, feed, state);
  if (feed.feed !== 'station_status') return state;
  const rows = await db.any(sql.type(StationRow)`
    select station.station_key, station.station_id, ${STATUS_COLUMNS}, 0::float8 as state_since_ms,
      absence.last_seen_ms, absence.from_ms
    from velolog.station
    cross join lateral (
      select * from velolog.station_status
      where station_status.station_key = station.station_key
        and station_status.observed_at between to_timestamp(${lane.from_ms / 1000}) and to_timestamp(${lane.to_ms / 1000})
      order by station_status.observed_at desc limit 1
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
  return state;
}

const FROM_MS = sql.fragment`extract(epoch from from_at)::float8 * 1000 as from_ms`;
const TO_MS = sql.fragment`extract(epoch from to_at)::float8 * 1000 as to_ms`;
const LANE_COLUMNS = sql.fragment`${FROM_MS}, ${TO_MS}, cadence_ms, body_id,
  extract(epoch from body_last_updated)::float8 * 1000 as body_last_updated_ms, extract(epoch from older_since)::float8 * 1000 as older_since_ms`;
const STATUS_COLUMNS = sql.fragment`
  extract(epoch from status.observed_at)::float8 * 1000 as observed_ms,
  extract(epoch from status.last_reported)::float8 as last_reported,
  coalesce(status.num_bikes_available, -1) as num_bikes_available,
  coalesce(status.num_docks_available, -1) as num_docks_available,
  coalesce(status.num_bikes_disabled, -1) as num_bikes_disabled,
  coalesce(status.num_docks_disabled, -1) as num_docks_disabled,
  status.flags`;

/** Milliseconds go through a float of seconds, so they are rounded back. */
const Milliseconds = z.number().transform(Math.round);

const FeedRow = z.object({
  system_id: z.string(),
  system_key: z.number(),
  timezone: z.string().nullable(),
  feed_key: z.number().nullable(),
  feed: z.string().nullable(),
  last_success_at: z.number().nullable(),
  success_interval_seconds: z.number().nullable(),
  last_updated: z.number().nullable(),
  last_polled_at: z.number().nullable(),
  last_changed_at: z.number().nullable(),
  ttl_seconds: z.number().nullable(),
  consecutive_failures: z.number().nullable(),
  last_error: z.string().nullable(),
  stations_skipped: z.number().nullable(),
  facts: z.custom<BodyFacts>().nullable(),
});

async function loadFeeds(
  db: CommonQueryMethods,
  systems: Map<string, SystemState>,
  carries: Carries | undefined,
): Promise<Map<number, FeedState>> {
  const rows = await db.any(sql.type(FeedRow)`
    select system.system_id, system.system_key, system.timezone, feed.feed_key, feed.feed, feed.last_success_at,
      feed.success_interval_seconds, feed.last_updated,
      feed.last_polled_at, feed.last_changed_at, feed.ttl_seconds, feed.consecutive_failures, feed.last_error, feed.stations_skipped,
      body.facts
    from velolog.system
    left join velolog.feed using (system_key)
    left join velolog.feed_body as body using (feed_key)
    where system.system_id = any(${sql.array([...systems.keys()], 'text')})`);
  const feeds = new Map<number, FeedState>();
  for (const row of rows) {
    const system = systems.get(row.system_id);
    if (system === undefined) continue;
    system.system_key = row.system_key;
    system.timezone = row.timezone;
    if (row.feed_key === null || row.feed === null) continue;
    if (carries !== undefined && hasVehicleIds(row.feed) !== (carries === 'vehicles')) continue;
    const feed: FeedState = {
      ...newFeed(system, row.feed),
      feed_key: row.feed_key,
      last_success_at: row.last_success_at,
      success_interval_seconds: row.success_interval_seconds,
      last_updated: row.last_updated,
      last_polled_at: row.last_polled_at,
      last_changed_at: row.last_changed_at,
      ttl_seconds: row.ttl_seconds,
      consecutive_failures: row.consecutive_failures ?? 0,
      last_error: row.last_error,
      stations_skipped: row.stations_skipped ?? 0,
      facts: row.facts,
    };
    system.feeds.set(row.feed, feed);
    feeds.set(row.feed_key, feed);
  }
  return feeds;
}

const RangeRow = z.object({
  feed_key: z.number(),
  from_ms: Milliseconds,
  to_ms: Milliseconds,
  cadence_ms: z.number(),
  body_id: z.string().nullable(),
  body_last_updated_ms: Milliseconds.nullable(),
  older_since_ms: Milliseconds.nullable(),
});

type RangeOfLane = z.infer<typeof RangeRow>;

function laneOf(row: RangeOfLane): Lane {
  return {
    ...startLane(row.from_ms),
    to_at: row.to_ms,
    cadence_ms: row.cadence_ms,
    older_since: row.older_since_ms,
  };
}

async function loadRanges(db: CommonQueryMethods, feeds: Map<number, FeedState>): Promise<void> {
  const rows = await db.any(sql.type(RangeRow)`
    select feed_key, ${LANE_COLUMNS} from velolog.observed_range
    where feed_key = any(${sql.array([...feeds.keys()], 'int4')}) order by feed_key, from_at desc`);
  for (const row of rows) {
    const feed = feeds.get(row.feed_key);
    if (feed === undefined) continue;
    if (feed.live === null) {
      feed.live = newLaneState(laneOf(row));
      await readSpans(db, feed, feed.live.lane, row);
    } else {
      feed.history.unshift({ from_at: row.from_ms, to_at: row.to_ms, state: null });
    }
  }
}

const SpanRow = z.object({
  from_ms: Milliseconds,
  to_ms: Milliseconds,
  polls: z.number(),
  outcome: z.enum(['observed', 'empty', 'undecodable', 'failed', 'lost']),
});

/** The newest span of a lane, the newest of an accepted body and the newest with stations: three looks at one index. */
async function readSpans(
  db: CommonQueryMethods,
  feed: FeedState,
  lane: Lane,
  { body_id, body_last_updated_ms }: RangeOfLane,
): Promise<void> {
  const newest = (outcomes: CoverageOutcome[]) => sql.fragment`(
    select from_at, to_at, polls, outcome from velolog.coverage
    where feed_key = ${feed.feed_key} and outcome = any(${sql.array(outcomes, 'text')})
      and from_at between to_timestamp(${lane.from_at / 1000}) and to_timestamp(${lane.to_at / 1000})
    order by from_at desc limit 1)`;
  const spans: readonly CoverageSpan[] = (
    await db.any(sql.type(SpanRow)`
      select ${FROM_MS}, ${TO_MS}, polls, outcome from (
        ${newest(['observed', 'empty', 'undecodable', 'failed', 'lost'])}
        union ${newest(['observed', 'empty'])}
        union ${newest(['observed'])}
      ) as newest order by from_at desc`)
  ).map(({ from_ms, to_ms, polls, outcome }) => ({ from_at: from_ms, to_at: to_ms, polls, outcome }));
  lane.span = spans[0] ?? null;
  lane.observed_at = spans.find((span) => span.outcome === 'observed')?.to_at ?? null;
  // Each poll of these outcomes brought the accepted body of its time, or confirmed it.
  const accepted = spans.find(({ outcome }) => outcome === 'observed' || outcome === 'empty')?.outcome;
  if (body_id !== null && (accepted === 'observed' || accepted === 'empty')) {
    lane.body = { id: body_id, outcome: accepted, last_updated: body_last_updated_ms };
  }
}

/** What else a feed has, by its kind. */
async function loadRest(db: CommonQueryMethods, feed: FeedState, state: LaneState): Promise<void> {
  const known = feedNamed(feed.feed);
  if (known === FEEDS.vehicle_status) await loadVehicles(db, feed, state);
  else if (known?.kind === 'static') await loadDocument(db, feed, state);
}

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

async function loadStations(db: CommonQueryMethods, feeds: Map<number, FeedState>): Promise<void> {
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

/** Reads absent stations of the live lane that memory has let go, and a list names again. */
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
