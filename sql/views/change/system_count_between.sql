-- system_count_between(from, to, system_id, step_seconds): what the stations of a system offered together, at regular
-- times of a window, for a chart of bikes over time.
-- Grain: one row per system and time at, a multiple of step_seconds within the window (both ends included). A step that
-- would give more than 2,000 times is made longer.
-- The counts are those valid at that time: the last row of each station at or before it, summed where known. stations
-- counts the stations listed; empty, full, closed and unknown are as in station_current. Absent stations do not count. A sum
-- is null, not zero, if no listed station reports its part.
-- A station counts within its lane only (see observed_lane): a lane says nothing about later time.
-- All counts are null, not zero, if no successful poll of the system lies within the step before at: it was not observed.
-- So they are at times of which retention has dropped the rows: until the last of those that it keeps, sums would be those of a few stations.
-- LAG runs per station, in order of our fetch time, within a lane, and turns each row of station_status into its difference to the row
-- before. The last row before the window stands for all history; without one, the first row counts in full. Where the next lane
-- begins, the station's values are taken out again. The sums of the differences are the counts, so the cost is that of the rows in the window, whatever the history.
-- Reads: absence_span, coverage, feed, lane_starts, station, station_state_of, station_status, station_status_before, step_times. Read by: docs, dashboards.
create function api.system_count_between(
  "from" timestamptz, "to" timestamptz, system_id text default null, step_seconds double precision default 60
)
returns table (
  system_id text, at timestamptz, num_bikes_available bigint, num_docks_available bigint,
  stations bigint, stations_empty bigint, stations_full bigint, stations_closed bigint, stations_unknown bigint
)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with times as materialized (
    select number, at, seconds from api.step_times($1, $2, $4)
  ),
  step as materialized (
    select seconds from times limit 1
  ),
  wanted as materialized (
    select lane.system_key, lane.system_id, lane.starts as lane_starts
    from api.lane_starts as lane
    where $3 is null or lane.system_id = $3
  ),
  -- Stations whose values end: while they are absent, and where another lane begins, from which they do not come back.
  ending as (
    select
      station.system_key,
      absence.station_key,
      absence.from_at,
      absence.to_at,
      wanted.lane_starts[width_bucket(absence.from_at, wanted.lane_starts)] as lane_from_at
    from api.absence_span as absence
    join velolog.station using (station_key)
    join wanted using (system_key)
    where absence.from_at <= $2 and absence.to_at > $1
    union all
    select wanted.system_key, station.station_key, next_lane.from_at, null, next_lane.before_from_at
    from wanted
    cross join lateral (
      select from_at, lag(from_at) over (order by from_at) as before_from_at
      from unnest(wanted.lane_starts) as lane (from_at)
    ) as next_lane
    join velolog.station using (system_key)
    where next_lane.from_at > $1 and next_lane.from_at <= $2
  ),
  held as (
    select ending.*, report.bikes, report.docks, report.state
    from ending
    cross join lateral (
      select
        num_bikes_available as bikes,
        num_docks_available as docks,
        velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
      from (
        (
          select observed_at, num_bikes_available, num_docks_available, flags
          from velolog.station_status
          where station_status.station_key = ending.station_key
            and station_status.observed_at >= ending.lane_from_at and station_status.observed_at < ending.from_at
          order by station_status.observed_at desc
          limit 1
        )
        union all
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_status_before
        where station_status_before.station_key = ending.station_key
          and station_status_before.observed_at >= ending.lane_from_at and station_status_before.observed_at < ending.from_at
      ) as stored_or_kept
      order by observed_at desc
      limit 1
    ) as report
  ),
  difference as (
    select
      station.system_key,
      greatest(known.observed_at, $1) as at,
      coalesce(known.bikes, 0) - coalesce(known.prev_bikes, 0) as bikes,
      coalesce(known.docks, 0) - coalesce(known.prev_docks, 0) as docks,
      (known.bikes is not null)::integer - (known.prev_bikes is not null)::integer as bikes_known,
      (known.docks is not null)::integer - (known.prev_docks is not null)::integer as docks_known,
      (known.prev_state is null)::integer as stations,
      (known.state = 'empty')::integer - coalesce((known.prev_state = 'empty')::integer, 0) as are_empty,
      (known.state = 'full')::integer - coalesce((known.prev_state = 'full')::integer, 0) as are_full,
      (known.state = 'closed')::integer - coalesce((known.prev_state = 'closed')::integer, 0) as are_closed,
      (known.state = 'unknown')::integer - coalesce((known.prev_state = 'unknown')::integer, 0) as are_unknown
    from wanted
    join velolog.station using (system_key)
    cross join lateral (
      select
        observed_at,
        bikes,
        docks,
        state,
        lag(bikes) over in_time as prev_bikes,
        lag(docks) over in_time as prev_docks,
        lag(state) over in_time as prev_state
      from (
        select
          observed_at,
          width_bucket(observed_at, wanted.lane_starts) as lane_number,
          num_bikes_available as bikes,
          num_docks_available as docks,
          velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
        from (
          (
            select observed_at, num_bikes_available, num_docks_available, flags
            from velolog.station_status
            where station_key = station.station_key
              and observed_at >= wanted.lane_starts[width_bucket($1, wanted.lane_starts)] and observed_at < $1
            order by observed_at desc
            limit 1
          )
          union all
          (
            select observed_at, num_bikes_available, num_docks_available, flags
            from velolog.station_status
            where station_key = station.station_key and observed_at between $1 and $2
          )
          union all
          select observed_at, num_bikes_available, num_docks_available, flags
          from velolog.station_status_before
          where station_key = station.station_key
            and observed_at >= wanted.lane_starts[width_bucket($1, wanted.lane_starts)] and observed_at <= $2
        ) as rows_of_station
      ) as reports
      window in_time as (partition by lane_number order by observed_at)
    ) as known
    union all
    select
      system_key, greatest(from_at, $1), -coalesce(bikes, 0), -coalesce(docks, 0),
      -(bikes is not null)::integer, -(docks is not null)::integer, -1,
      -(state = 'empty')::integer, -(state = 'full')::integer, -(state = 'closed')::integer, -(state = 'unknown')::integer
    from held
    union all
    select
      system_key, to_at, coalesce(bikes, 0), coalesce(docks, 0),
      (bikes is not null)::integer, (docks is not null)::integer, 1,
      (state = 'empty')::integer, (state = 'full')::integer, (state = 'closed')::integer, (state = 'unknown')::integer
    from held
    where to_at <= $2
  ),
  per_step as (
    select
      system_key,
      ceil(extract(epoch from at) / step.seconds)::bigint as number,
      sum(bikes) as bikes, sum(docks) as docks, sum(bikes_known) as bikes_known, sum(docks_known) as docks_known,
      sum(stations) as stations, sum(are_empty) as are_empty, sum(are_full) as are_full, sum(are_closed) as are_closed,
      sum(are_unknown) as are_unknown
    from difference, step
    group by 1, 2
  ),
  observed as (
    select distinct feed.system_key, number
    from wanted
    join velolog.feed using (system_key)
    join velolog.coverage using (feed_key),
      step,
      generate_series(
        ceil(extract(epoch from greatest(coverage.from_at, $1)) / step.seconds)::bigint,
        ceil(extract(epoch from least(coverage.to_at, $2)) / step.seconds)::bigint
      ) as number
    where feed.feed = 'station_status' and coverage.outcome = 'observed'
      and coverage.from_at <= $2 and coverage.to_at >= $1 - step.seconds * interval '1 s'
  ),
  -- What retention has left of each lane: until the last of these rows some stations have none.
  dropped as materialized (
    select wanted.system_key, width_bucket(kept.observed_at, wanted.lane_starts) as lane_number, max(kept.observed_at) as to_at
    from wanted
    join velolog.station using (system_key)
    join velolog.station_status_before as kept using (station_key)
    where kept.observed_at > $1
    group by 1, 2
  ),
  totals as (
    select
      wanted.system_id,
      times.at,
      observed.number is not null and times.at >= coalesce(dropped.to_at, '-infinity') as is_whole,
      sum(coalesce(per_step.bikes, 0)) over in_time as bikes,
      sum(coalesce(per_step.docks, 0)) over in_time as docks,
      sum(coalesce(per_step.bikes_known, 0)) over in_time as bikes_known,
      sum(coalesce(per_step.docks_known, 0)) over in_time as docks_known,
      sum(coalesce(per_step.stations, 0)) over in_time as stations,
      sum(coalesce(per_step.are_empty, 0)) over in_time as are_empty,
      sum(coalesce(per_step.are_full, 0)) over in_time as are_full,
      sum(coalesce(per_step.are_closed, 0)) over in_time as are_closed,
      sum(coalesce(per_step.are_unknown, 0)) over in_time as are_unknown
    from wanted
    cross join times
    left join per_step using (system_key, number)
    left join observed using (system_key, number)
    left join dropped
      on dropped.system_key = wanted.system_key and dropped.lane_number = width_bucket(times.at, wanted.lane_starts)
    window in_time as (partition by wanted.system_key order by number)
  )
  select
    system_id,
    at,
    case when is_whole and bikes_known > 0 then bikes end::bigint,
    case when is_whole and docks_known > 0 then docks end::bigint,
    case when is_whole and stations > 0 then stations end::bigint,
    case when is_whole and stations > 0 then are_empty end::bigint,
    case when is_whole and stations > 0 then are_full end::bigint,
    case when is_whole and stations > 0 then are_closed end::bigint,
    case when is_whole and stations > 0 then are_unknown end::bigint
  from totals
$$;
