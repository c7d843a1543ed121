-- station_hour_in(system_key, lane_from_at, lane_to_at, from, to): mean bikes and docks of each station of a system in
-- each hour, from `from` until just before `to`, computed from the rows of one lane.
-- Grain: one row per station and UTC hour with an observation. Times are whole milliseconds. bikes_ms and docks_ms are
-- counts times their duration, so that hours that two lanes share can be added. unknown_ms: time observed in the state unknown.
-- A value lasts from the poll that observed it until the next row or the last poll of the same run of observation. It includes that
-- poll, so a value that only this poll observed, or that it observed exactly at the full hour, counts with 0 ms.
-- arrivals and departures are the rises and falls of num_bikes_available. LAG runs per station in order of our fetch
-- time over the rows that have the number and the one before `from`; the first known number of a lane is not an arrival.
-- Reads: observed_runs, station_state, station_state_of, station_status, station_status_before. Read by: flow_balance_between, station_hour_fresh, packages/store.
create function api.station_hour_in(
  system_key integer, lane_from_at timestamptz, lane_to_at timestamptz, "from" timestamptz, "to" timestamptz,
  station_key integer default null
)
returns table (
  station_key integer, hour_at timestamptz,
  bikes_min smallint, bikes_max smallint, docks_min smallint, docks_max smallint,
  bikes_ms bigint, bikes_known_ms integer, docks_ms bigint, docks_known_ms integer,
  observed_ms integer, empty_ms integer, full_ms integer, closed_ms integer, unknown_ms integer,
  arrivals integer, departures integer, largest_step smallint
)
language sql stable parallel safe cost 1000000 rows 1000
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with run as materialized (
    select * from api.observed_runs($1, $2, $3, $4, $5, $6)
  ),
  report as materialized (
    select run.station_key, row_before_or_in.*
    from run
    cross join lateral (
      (
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_status
        where station_key = run.station_key and observed_at >= $2 and observed_at < $4
        order by observed_at desc
        limit 1
      )
      union
      (
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_status
        where station_key = run.station_key and observed_at >= $2 and observed_at < $4 and num_bikes_available is not null
        order by observed_at desc
        limit 1
      )
      union
      (
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_state
        where station_key = run.station_key and observed_at >= $2 and observed_at < $4
      )
      union
      (
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_status_before
        where station_key = run.station_key and observed_at >= $2 and observed_at < $4
      )
      union all
      (
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_status
        where station_key = run.station_key and observed_at >= $4 and observed_at < $5 and observed_at between $2 and $3
      )
    ) as row_before_or_in
  ),
  lasting as (
    select
      station_key,
      observed_at,
      lead(observed_at, 1, 'infinity') over (partition by station_key order by observed_at) as next_at,
      num_bikes_available,
      num_docks_available,
      velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
    from report
  ),
  observed as (
    select
      lasting.station_key,
      lasting.num_bikes_available,
      lasting.num_docks_available,
      lasting.state,
      greatest(whole.from_at, $4) as from_at,
      least(whole.to_at, $5) as to_at,
      whole.to_at < lasting.next_at and whole.to_at < $5 as ends_with_a_poll
    from lasting
    join run using (station_key)
    cross join lateral generate_series(
      greatest(width_bucket(lasting.observed_at, run.starts), 1), width_bucket(least(lasting.next_at, $5), run.starts)
    ) as k
    cross join lateral (
      select greatest(lasting.observed_at, run.starts[k]) as from_at, least(lasting.next_at, run.ends[k]) as to_at
    ) as whole
    where whole.from_at < lasting.next_at
      and whole.from_at <= whole.to_at
      and whole.from_at < $5
      and (whole.to_at > $4 or whole.to_at = $4 and whole.to_at < lasting.next_at)
  ),
  in_hour as (
    select
      observed.station_key,
      hour_at,
      observed.num_bikes_available as bikes,
      observed.num_docks_available as docks,
      observed.state,
      round(date_part('epoch', least(observed.to_at, hour_at + interval '1 hour') - greatest(observed.from_at, hour_at)) * 1000)::integer as ms
    from observed
    cross join lateral generate_series(
      date_bin('1 hour', observed.from_at, 'epoch'), observed.to_at, interval '1 hour'
    ) as hour_at
    where hour_at < observed.to_at or observed.ends_with_a_poll
  ),
  lasted as (
    select
      station_key,
      hour_at,
      min(bikes) as bikes_min,
      max(bikes) as bikes_max,
      min(docks) as docks_min,
      max(docks) as docks_max,
      coalesce(sum(bikes::bigint * ms), 0)::bigint as bikes_ms,
      coalesce(sum(ms) filter (where bikes is not null), 0)::integer as bikes_known_ms,
      coalesce(sum(docks::bigint * ms), 0)::bigint as docks_ms,
      coalesce(sum(ms) filter (where docks is not null), 0)::integer as docks_known_ms,
      sum(ms)::integer as observed_ms,
      coalesce(sum(ms) filter (where state = 'empty'), 0)::integer as empty_ms,
      coalesce(sum(ms) filter (where state = 'full'), 0)::integer as full_ms,
      coalesce(sum(ms) filter (where state = 'closed'), 0)::integer as closed_ms,
      coalesce(sum(ms) filter (where state = 'unknown'), 0)::integer as unknown_ms
    from in_hour
    group by station_key, hour_at
  ),
  step as (
    select
      station_key,
      observed_at,
      num_bikes_available - lag(num_bikes_available) over (partition by station_key order by observed_at) as bikes_delta
    from report
    where num_bikes_available is not null
  ),
  moved as (
    select
      station_key,
      date_bin('1 hour', observed_at, 'epoch') as hour_at,
      coalesce(sum(bikes_delta) filter (where bikes_delta > 0), 0)::integer as arrivals,
      coalesce(-sum(bikes_delta) filter (where bikes_delta < 0), 0)::integer as departures,
      max(abs(bikes_delta))::smallint as largest_step
    from step
    where bikes_delta <> 0 and observed_at >= $4
    group by station_key, date_bin('1 hour', observed_at, 'epoch')
  )
  select
    lasted.*,
    coalesce(moved.arrivals, 0),
    coalesce(moved.departures, 0),
    coalesce(moved.largest_step, 0::smallint)
  from lasted
  left join moved using (station_key, hour_at)
$$;
