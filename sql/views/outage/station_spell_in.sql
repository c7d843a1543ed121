-- station_spell_in(system_key, lane_from_at, lane_to_at, from, to): the state of each station of a system from `from`
-- until just before `to`, computed from the rows of one lane.
-- Grain: one row per spell: a stretch of observation without a pause in which velolog.station_state_of() has one value.
-- LAG runs per station in order of our fetch time, over the rows in that time and the one before it, so that the
-- cost does not grow with history. A row that repeats the state begins nothing. A pause of observation ends a spell.
-- start_observed: true if the poll before had another state; false if the time before was not observed, or no poll before listed
-- the station; null if the spell began before `from`. end_observed: true if the poll at to_at had another state, false if it is the last
-- poll before a pause, null if the spell reaches `to`. So the results of two adjacent stretches of time can be joined.
-- For a station without a row before `from` (retention has dropped it), the last known state is used.
-- Reads: observed_runs, station_state, station_state_of, station_status. Read by: station_spell, station_spell_between, packages/store.
create function api.station_spell_in(
  system_key integer, lane_from_at timestamptz, lane_to_at timestamptz, "from" timestamptz, "to" timestamptz,
  station_key integer default null
)
returns table (
  station_key integer, state text, from_at timestamptz, to_at timestamptz, start_observed boolean, end_observed boolean
)
language sql stable parallel safe cost 1000000 rows 500
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  select
    run.station_key,
    change.state,
    greatest(spell.from_at, $4),
    least(spell.to_at, $5),
    case when spell.from_at >= $4 then spell.from_at > run.starts[k] and change.previous_state is not null end,
    case when spell.to_at < $5 then spell.to_at = change.next_at end
  from api.observed_runs($1, $2, $3, $4, $5, $6) as run
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
          select observed_at, velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
          from velolog.station_status
          where station_key = run.station_key and observed_at >= $2 and observed_at < $4
          order by observed_at desc
          limit 1
        )
        union all
        (
          select observed_at, velolog.station_state_of(num_bikes_available, num_docks_available, flags)
          from velolog.station_state
          where station_key = run.station_key and observed_at >= $2 and observed_at < $4
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
  cross join lateral generate_series(
    greatest(width_bucket(change.observed_at, run.starts), 1), width_bucket(least(change.next_at, $5), run.starts)
  ) as k
  cross join lateral (
    select greatest(change.observed_at, run.starts[k]) as from_at, least(change.next_at, run.ends[k]) as to_at
  ) as spell
  where spell.from_at < change.next_at
    and spell.from_at <= spell.to_at
    and spell.from_at < $5
    and spell.to_at >= $4
$$;
