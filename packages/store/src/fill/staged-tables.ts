/** Temporary tables of one transaction that hold the rows of a file, with its column names. */
export const STAGED = {
  system: `system_id text, name text, operator text, timezone text, url text, license_url text, country text`,
  station: `system_id text, station_id text, name text, lat double precision, lon double precision, capacity integer,
    first_observed_at timestamptz`,
  coverage: `system_id text, feed text, from_at timestamptz, to_at timestamptz, polls integer, outcome text`,
  observed_range: `system_id text, feed text, from_at timestamptz, to_at timestamptz`,
  station_absence: `system_id text, station_id text, last_seen_at timestamptz, from_at timestamptz, to_at timestamptz`,
  station_status: `station_id text, observed_at timestamptz, last_reported timestamptz, num_bikes_available smallint,
    num_docks_available smallint, num_bikes_disabled smallint, num_docks_disabled smallint, is_installed boolean, is_renting boolean,
    is_returning boolean`,
  station_hour: `station_id text, hour_at timestamptz, bikes_min smallint, bikes_mean double precision, bikes_max smallint,
    docks_min smallint, docks_mean double precision, docks_max smallint, empty_share double precision, full_share double precision,
    closed_share double precision, observed_share double precision, arrivals integer, departures integer, largest_step integer,
    unknown_share double precision`,
} as const;

export type StagedTable = keyof typeof STAGED;

export function stagedColumns(table: StagedTable): string[] {
  return STAGED[table].split(',').map((column) => column.trim().split(' ')[0] as string);
}

/** Systems, feeds, stations, and what was observed when, in this order. */
export const FILL_STATEMENTS: readonly string[] = [
  `insert into velolog.system (system_id, name, operator, timezone, url, license_url, country)
   select system_id, name, operator, timezone, url, license_url, country from pg_temp.system order by system_id`,

  // last_polled_at stays null because nobody polls these systems here: imported history is never late.
  `insert into velolog.feed (system_key, feed, last_fetched_at, last_success_at, consecutive_failures)
   select known.system_key, lane.feed, max(lane.to_at), max(success.at), coalesce(max(failed.polls), 0)
   from pg_temp.observed_range as lane
   join velolog.system as known using (system_id)
   left join lateral (
     select max(span.to_at) as at from pg_temp.coverage as span
     where span.system_id = lane.system_id and span.feed = lane.feed and span.outcome = 'observed'
   ) as success on true
   left join lateral (
     select sum(span.polls)::integer as polls from pg_temp.coverage as span
     where span.system_id = lane.system_id and span.feed = lane.feed and (success.at is null or span.from_at > success.at)
   ) as failed on true
   group by known.system_key, lane.feed`,

  // How often the feed was polled at the end of a lane decides what counts as a hole after it (coverage.ts).
  `insert into velolog.observed_range (feed_key, from_at, to_at, cadence_ms)
   select feed.feed_key, lane.from_at, lane.to_at, coalesce(rhythm.ms, 60000)
   from pg_temp.observed_range as lane
   join velolog.system as known using (system_id)
   join velolog.feed on feed.system_key = known.system_key and feed.feed = lane.feed
   left join lateral (
     select least(greatest(extract(epoch from span.to_at - span.from_at) * 1000 / (span.polls - 1), 1), 2147483647)::integer as ms
     from pg_temp.coverage as span
     where span.system_id = lane.system_id and span.feed = lane.feed and span.outcome = 'observed' and span.polls > 1
       and span.from_at between lane.from_at and lane.to_at
     order by span.from_at desc limit 1
   ) as rhythm on true`,

  `insert into velolog.coverage (feed_key, from_at, to_at, polls, outcome)
   select feed.feed_key, span.from_at, span.to_at, span.polls, span.outcome
   from pg_temp.coverage as span
   join velolog.system as known using (system_id)
   join velolog.feed on feed.system_key = known.system_key and feed.feed = span.feed`,

  `insert into velolog.station (system_key, station_id, name, lat, lon, capacity, first_observed_at)
   select known.system_key, station_id, given.name, lat, lon, capacity, first_observed_at
   from pg_temp.station as given join velolog.system as known using (system_id)`,

  `insert into velolog.station_absence (station_key, last_seen_at, from_at, to_at)
   select station.station_key, last_seen_at, from_at, to_at
   from pg_temp.station_absence
   join velolog.system as known using (system_id)
   join velolog.station on station.system_key = known.system_key and station.station_id = station_absence.station_id`,
];

/** $1: system_id */
export const FILL_MONTH = `
  insert into velolog.station_status (observed_at, last_reported, station_key, num_bikes_available, num_docks_available,
    num_bikes_disabled, num_docks_disabled, flags)
  select observed_at, last_reported, station.station_key, num_bikes_available, num_docks_available, num_bikes_disabled, num_docks_disabled,
    case when is_installed then 3 when not is_installed then 1 else 0 end
    + case when is_renting then 12 when not is_renting then 4 else 0 end
    + case when is_returning then 48 when not is_returning then 16 else 0 end
  from pg_temp.station_status as given
  join velolog.station on station.station_id = given.station_id
    and station.system_key = (select system_key from velolog.system where system_id = $1)`;

/** Converts shares back into the milliseconds they were made from, and moves that are not known into the 0 that the table holds for them. $1: system_id; $2: end of the time, exclusive */
export const FILL_HOURS = `
  insert into velolog.station_hour (system_key, station_key, hour_at, bikes_min, bikes_mean, bikes_max, docks_min, docks_mean, docks_max,
    observed_ms, empty_ms, full_ms, closed_ms, unknown_ms, arrivals, departures, largest_step)
  select station.system_key, station.station_key, hour_at, bikes_min, bikes_mean, bikes_max, docks_min, docks_mean, docks_max,
    observed_ms, round(coalesce(empty_share, 0) * known_ms), round(coalesce(full_share, 0) * known_ms),
    round(coalesce(closed_share, 0) * known_ms), observed_ms - known_ms, coalesce(arrivals, 0), coalesce(departures, 0), coalesce(largest_step, 0)
  from pg_temp.station_hour as given
  join velolog.station on station.station_id = given.station_id
    and station.system_key = (select system_key from velolog.system where system_id = $1)
  cross join lateral (select round(observed_share * 3600000)::integer as observed_ms) as observed
  cross join lateral (select observed_ms - round(coalesce(unknown_share, 0) * observed_ms)::integer as known_ms) as known
  where hour_at < $2::timestamptz`;

/**
 * The time before the first complete row is not rolled up again, because its rows are missing. $1: system_id; $2: since when all rows are present
 */
export const SEAL_BEFORE = `
  insert into velolog.rolled_range (feed_key, from_at, to_at, sealed_at)
  select lane.feed_key, lane.from_at, sealed.at, sealed.at
  from api.observed_lane as lane
  cross join lateral (select least(lane.last_observed_at + interval '1 microsecond', $2::timestamptz) as at) as sealed
  where lane.system_id = $1 and lane.from_at < $2::timestamptz and lane.last_observed_at is not null`;

/** The present of each station is the end of the newest lane; its rows there tell since when it holds. */
export const FILL_STATES = `
  insert into velolog.station_state (station_key, observed_at, last_reported, num_bikes_available, num_docks_available,
    num_bikes_disabled, num_docks_disabled, flags, state_since)
  select station.station_key, last.observed_at, last.last_reported, last.num_bikes_available, last.num_docks_available,
    last.num_bikes_disabled, last.num_docks_disabled, last.flags, greatest(since.observed_at, back.at)
  from pg_temp.system as given
  join velolog.system as known using (system_id)
  join lateral (
    select lane.from_at from api.observed_lane as lane where lane.system_key = known.system_key and lane.is_live
  ) as live on true
  join velolog.station on station.system_key = known.system_key
  cross join lateral (
    select * from velolog.station_status as row
    where row.station_key = station.station_key and row.observed_at >= live.from_at
    order by row.observed_at desc limit 1
  ) as last
  cross join lateral (
    select min(row.observed_at) as observed_at
    from velolog.station_status as row
    where row.station_key = station.station_key and row.observed_at >= live.from_at
      and row.observed_at > coalesce((
        select max(other.observed_at)
        from velolog.station_status as other
        where other.station_key = station.station_key and other.observed_at >= live.from_at
          and velolog.station_state_of(other.num_bikes_available, other.num_docks_available, other.flags)
            <> velolog.station_state_of(last.num_bikes_available, last.num_docks_available, last.flags)
      ), '-infinity')
  ) as since
  left join lateral (
    select max(absence.to_at) as at from velolog.station_absence as absence
    where absence.station_key = station.station_key and absence.from_at >= live.from_at
  ) as back on true`;

/** A station's first row in a lane does not count as a change. */
export const FILL_LAST_CHANGE = `
  update velolog.feed set last_changed_at = changed.at
  from (
    select lane.feed_key, max(state.observed_at) as at
    from pg_temp.system as given
    join api.observed_lane as lane using (system_id)
    join velolog.station using (system_key)
    join velolog.station_state as state using (station_key)
    where lane.is_live and exists (
      select from velolog.station_status as earlier
      where earlier.station_key = state.station_key and earlier.observed_at >= lane.from_at and earlier.observed_at < state.observed_at
    )
    group by lane.feed_key
  ) as changed
  where feed.feed_key = changed.feed_key`;

/** What the systems offered last, as a worker sums it up at its commits. An export says nothing about e-bikes. */
export const FILL_SUMMARIES = `
  select velolog.add_up_stations(array_agg(system_key))
  from pg_temp.system
  join velolog.system using (system_id)`;

/**
 * $1: system_id; $2: month, such as 2026-11; $3: how often history was added to it, so that a lake of it stays valid
 */
export const FILL_REVISION = `
  insert into velolog.month_revision (system_key, month_at, revision)
  select system_key, ($2 || '-01T00:00:00Z')::timestamptz, $3 from velolog.system where system_id = $1`;

/** $1: system_id; $2: month */
export const MONTH_CHECKSUM = `
  select held.rows::text, held.checksum
  from velolog.system
  cross join lateral (select ($2 || '-01T00:00:00Z')::timestamptz as month_at) as month
  cross join lateral velolog.month_checksum(system_key, month_at, (month_at at time zone 'UTC' + interval '1 month') at time zone 'UTC') as held
  where system_id = $1`;
