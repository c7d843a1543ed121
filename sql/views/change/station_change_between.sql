-- station_change_between(from, to, system_id): the rows of station_change whose observed_at lies between from and to
-- (both included, as in SQL), for one system or all.
-- Grain: one row per change of (num_bikes_available, num_docks_available) of a station within the window.
-- LAG runs per station, in order of our fetch time, over the rows of the window. The first of them takes its previous
-- values from the one known row before the window, so its cost does not grow with history. Older rows are read only for a count
-- that a row tells and the row before does not: back to the one that last did (last_known_report).
-- Without a row before the window, the first row in it has the first known values and is not a change.
-- The function is neither `security definer` nor has a `set` clause: either would keep the planner from inlining it. Inlined,
-- it sees the two times and reads one or two months only, computes only the columns asked for, and
-- reads a single station for `where station_id = …` (1.7 ms instead of 63 ms).
-- Reads: gap, gap_seconds, kept_report, known_absence, known_report, known_station, last_known_report, stored_report, unobserved_between. Read by: packages/store, packages/live, packages/cli, docs, dashboards.
create function api.station_change_between("from" timestamptz, "to" timestamptz, system_id text default null)
returns table (
  system_id text, station_id text, name text, lat double precision, lon double precision,
  observed_at timestamptz, prev_observed_at timestamptz,
  num_bikes_available smallint, prev_num_bikes_available smallint, bikes_delta integer,
  num_docks_available smallint, prev_num_docks_available smallint, docks_delta integer,
  gap_seconds double precision
)
language sql stable parallel safe
as $$
  select
    station.system_id,
    station.station_id,
    station.name,
    station.lat,
    station.lon,
    known.observed_at,
    known.prev_observed_at,
    known.num_bikes_available,
    known.prev_num_bikes_available,
    known.num_bikes_available - known.prev_num_bikes_available,
    known.num_docks_available,
    known.prev_num_docks_available,
    known.num_docks_available - known.prev_num_docks_available,
    case
      when known.is_after_row_before
        then api.gap_seconds(
          known.before_at, known.observed_at,
          observation.starts, observation.unobserved_seconds, absence.returns, absence.absent_seconds
        )
        + case when known.before_at < $1 then gap_before.seconds else 0 end
      else api.unobserved_between(station.station_key, known.prev_observed_at, known.observed_at)
    end
  from api.known_station as station
  left join lateral (
    select observed_at, num_bikes_available, num_docks_available
    from (
      (
        select observed_at, num_bikes_available, num_docks_available
        from api.stored_report
        where stored_report.station_key = station.station_key and stored_report.observed_at < $1
        order by observed_at desc
        limit 1
      )
      union all
      (
        select observed_at, num_bikes_available, num_docks_available
        from api.kept_report
        where kept_report.station_key = station.station_key and kept_report.observed_at < $1
        order by observed_at desc
        limit 1
      )
    ) as stored_or_kept
    order by observed_at desc
    limit 1
  ) as before on true
  cross join lateral (
    select
      report.observed_at,
      report.num_bikes_available,
      report.num_docks_available,
      report.is_kept,
      lag(report.observed_at, 1, before.observed_at) over in_time as before_at,
      lag(report.num_bikes_available, 1, before.num_bikes_available) over in_time as bikes_before,
      lag(report.num_docks_available, 1, before.num_docks_available) over in_time as docks_before
    from api.known_report as report
    where report.station_key = station.station_key and report.observed_at between $1 and $2
    window in_time as (order by report.observed_at)
  ) as reported
  -- As in station_change.
  cross join lateral (
    select
      reported.observed_at,
      reported.num_bikes_available,
      reported.num_docks_available,
      reported.before_at,
      -- Nearly every row: the row before tells each count that this one tells. Only the others look further back.
      (bikes_before is not null or reported.num_bikes_available is null)
        and (docks_before is not null or reported.num_docks_available is null) as is_after_row_before,
      case
        when (bikes_before is not null or reported.num_bikes_available is null)
          and (docks_before is not null or reported.num_docks_available is null) then before_at
        when before_at is not null then least(
          case
            when reported.num_bikes_available is null then null
            when bikes_before is not null then before_at
            else (api.last_known_report(station.station_key, reported.observed_at, true)).observed_at
          end,
          case
            when reported.num_docks_available is null then null
            when docks_before is not null then before_at
            else (api.last_known_report(station.station_key, reported.observed_at, false)).observed_at
          end
        )
      end as prev_observed_at,
      coalesce(bikes_before, case
        when reported.num_bikes_available is not null and before_at is not null
          then (api.last_known_report(station.station_key, reported.observed_at, true)).num_bikes_available
      end) as prev_num_bikes_available,
      coalesce(docks_before, case
        when reported.num_docks_available is not null and before_at is not null
          then (api.last_known_report(station.station_key, reported.observed_at, false)).num_docks_available
      end) as prev_num_docks_available
  ) as known
  -- As in observation and observation_of_station, but for the window only, and for the time from `before` until it.
  left join (
    select
      gap_within.system_id,
      array_agg(ended_at order by ended_at) as starts,
      array_agg(unobserved_seconds order by ended_at) as unobserved_seconds
    from (
      select
        gap.system_id,
        gap.ended_at,
        (sum(gap.seconds) over (partition by gap.system_id order by gap.ended_at))::double precision as unobserved_seconds
      from api.gap
      where gap.ended_at > $1 and gap.ended_at <= $2
    ) as gap_within
    group by gap_within.system_id
  ) as observation on observation.system_id = station.system_id
  cross join lateral (
    select coalesce(sum(gap.seconds), 0)::double precision as seconds
    from api.gap
    where gap.feed_key = station.feed_key and gap.ended_at > before.observed_at and gap.ended_at <= $1
  ) as gap_before
  cross join lateral (
    select
      array_agg(ended_at order by ended_at) as returns,
      array_agg(absent_seconds order by ended_at) as absent_seconds
    from (
      select ended_at, (sum(seconds) over (order by ended_at))::double precision as absent_seconds
      from api.known_absence
      where known_absence.station_key = station.station_key
        and known_absence.from_at > coalesce(before.observed_at, $1) and known_absence.from_at <= $2
    ) as absences
  ) as absence
  where ($3 is null or station.system_id = $3)
    and not reported.is_kept
    and (
      known.num_bikes_available <> known.prev_num_bikes_available
      or known.num_docks_available <> known.prev_num_docks_available
    )
$$;
