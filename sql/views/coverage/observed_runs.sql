-- observed_runs(system_key, lane_from_at, lane_to_at, from, to): when each station was observed without a pause: the runs of
-- observation of its system, less its own absences.
-- Grain: one row per station of the system, with two arrays of equal length in order of time: run k lasts from starts[k] to
-- ends[k], both observed. Runs that overlap the time from `from` to `to` are returned whole; without any, the arrays are null.
-- A building block: width_bucket(t, starts) is the number of the run that contains an observation at t.
-- An absence is the time between the last poll with the station and the first poll with it again; both observed it.
-- Reads: coverage, feed, station, station_absence. Read by: station_hour_in, station_spell_in.
create function api.observed_runs(
  system_key integer, lane_from_at timestamptz, lane_to_at timestamptz, "from" timestamptz, "to" timestamptz,
  station_key integer default null
)
returns table (station_key integer, starts timestamptz[], ends timestamptz[])
language sql stable parallel safe cost 100000 rows 250
set plan_cache_mode = force_generic_plan -- planned once, not for each lane
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with status_feed as (
    select feed_key from velolog.feed where feed.system_key = $1 and feed.feed = 'station_status'
  ),
  of_system as materialized (
    select
      range_agg(tstzrange(span.from_at, span.to_at, '[]')) as runs,
      array_agg(span.from_at order by span.from_at) as starts,
      array_agg(span.to_at order by span.from_at) as ends
    from status_feed
    join velolog.coverage as span using (feed_key)
    where span.outcome = 'observed'
      and span.from_at between $2 and least($3, $5)
      and span.to_at >= $4
      -- Spans do not overlap, so of those that began before `from` only the last can reach it.
      and span.from_at >= coalesce((
        select max(earlier.from_at)
        from velolog.coverage as earlier
        where earlier.feed_key = status_feed.feed_key and earlier.from_at between $2 and $4
      ), $2)
  ),
  absent as (
    select absence.station_key, range_agg(tstzrange(absence.last_seen_at, coalesce(absence.to_at, 'infinity'), '()')) as pauses
    from velolog.station
    join velolog.station_absence as absence using (station_key)
    where station.system_key = $1
      and ($6 is null or station.station_key = $6)
      and absence.from_at between $2 and $3
      and absence.last_seen_at <= $5
      and coalesce(absence.to_at, 'infinity') >= $4
    group by absence.station_key
  ),
  of_absent as (
    select absent.station_key, own.starts, own.ends
    from absent
    cross join of_system
    cross join lateral (
      select array_agg(lower(run) order by run) as starts, array_agg(upper(run) order by run) as ends
      from unnest(of_system.runs - absent.pauses) as run
      where upper(run) >= $4 and lower(run) <= $5
    ) as own
  )
  select
    station.station_key,
    case when of_absent.station_key is null then of_system.starts else of_absent.starts end,
    case when of_absent.station_key is null then of_system.ends else of_absent.ends end
  from velolog.station
  cross join of_system
  left join of_absent using (station_key)
  where station.system_key = $1 and ($6 is null or station.station_key = $6)
$$;
