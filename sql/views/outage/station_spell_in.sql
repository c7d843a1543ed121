-- station_spell_in(system_key, lane_from_at, lane_to_at, from, to): the state of each station of a system from `from`
-- until just before `to`, computed from the rows of one lane.
-- Grain: one row per spell: a stretch of observation without a pause in which velolog.station_state_of() has one value.
-- LAG runs per station in order of our fetch time, over the rows in that time and the one before it, so that the
-- cost does not grow with history. A row that repeats the state begins nothing. A pause of observation ends a spell.
-- start_observed: true if the poll before had another state; false if the time before was not observed, or no poll before listed
-- the station; null if the spell began before `from`. end_observed: true if the poll at to_at had another state, false if it is the last
-- poll before a pause, null if the spell reaches `to`. So the results of two adjacent stretches of time can be joined.
-- Of a month that retention has dropped, the last row of a station is kept (station_status_before).
-- Where the last known state began before `from`, no row since has another, and none is looked up: only the newest lane has last known states.
-- Reads: observed_runs, station_state, station_state_of, station_status, station_status_before. Read by: known_spell, outage_episode_fresh, station_spell_between, packages/store.
create function api.station_spell_in(
  system_key integer, lane_from_at timestamptz, lane_to_at timestamptz, "from" timestamptz, "to" timestamptz,
  station_key integer default null
)
returns table (
  station_key integer, state text, from_at timestamptz, to_at timestamptz, start_observed boolean, end_observed boolean
)
language sql stable parallel safe cost 1000000 rows 500
set plan_cache_mode = force_generic_plan -- planned once, not for each lane
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with run as materialized (
    select
      run.station_key,
      run.starts,
      run.ends,
      last.state_since as last_at,
      velolog.station_state_of(last.num_bikes_available, last.num_docks_available, last.flags) as last_state,
      last.state_since >= $2 and last.state_since < $4 and last.observed_at <= $3 as is_quiet
    from api.observed_runs($1, $2, $3, $4, $5, $6) as run
    left join velolog.station_state as last using (station_key)
  ),
  change as (
    select run.station_key, run.starts, run.ends, run.last_at as observed_at, run.last_state as state, null as previous_state, 'infinity' as next_at
    from run
    where run.is_quiet
    union all
    select run.station_key, run.starts, run.ends, change.*
    from run
    cross join lateral (
      select
        report.observed_at,
        report.state,
        report.previous_state,
        lead(report.observed_at, 1, 'infinity') over (order by report.observed_at) as next_at
      from (
        select observed_at, state, lag(state) over (order by observed_at) as previous_state
        from (
          (
            select observed_at, state
            from (
              (
                select observed_at, velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
                from velolog.station_status
                where station_key = run.station_key and observed_at >= $2 and observed_at < $4
                order by observed_at desc
                limit 1
              )
              union all
              select observed_at, velolog.station_state_of(num_bikes_available, num_docks_available, flags)
              from velolog.station_status_before
              where station_key = run.station_key and observed_at >= $2 and observed_at < $4
            ) as stored_or_kept
            order by observed_at desc
            limit 1
          )
          union all
          (
            select observed_at, velolog.station_state_of(num_bikes_available, num_docks_available, flags)
            from velolog.station_status
            where station_key = run.station_key and observed_at >= $4 and observed_at < $5 and observed_at between $2 and $3
          )
        ) as row_before_and_rows_in
      ) as report
      where report.previous_state is distinct from report.state
    ) as change
    where run.is_quiet is not true
  ),
  -- Not a lateral join with generate_series, which costs more than all the rest for a station with one row.
  in_run as (
    select
      change.*,
      generate_series(
        greatest(width_bucket(observed_at, starts), 1), width_bucket(least(next_at, $5), starts)
      ) as k
    from change
  ),
  spell as (
    select
      station_key,
      state,
      previous_state,
      next_at,
      starts[k] as run_from_at,
      greatest(observed_at, starts[k]) as from_at,
      least(next_at, ends[k]) as to_at
    from in_run
  )
  select
    station_key,
    state,
    greatest(from_at, $4),
    least(to_at, $5),
    case when from_at >= $4 then from_at > run_from_at and previous_state is not null end,
    case when to_at < $5 then to_at = next_at end
  from spell
  where from_at < next_at
    and from_at <= to_at
    and from_at < $5
    and to_at >= $4
$$;
