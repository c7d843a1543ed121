-- station_change_since(system_id, since): the rows of station_change of one system later than `since`.
-- Grain: one row per change of (num_bikes_available, num_docks_available) of a station.
-- The rows are those of station_change_between, but only stations whose last known state is later than `since` cost anything:
-- no other station can have such a row. For programs that follow the present. LAG and the row before work as in station_change_between.
-- Reads: gap_seconds, kept_report, known_report, last_known_report, observation_of_station, station_state, stored_report. Read by: packages/store, packages/live, docs.
create function api.station_change_since(system_id text, since timestamptz)
returns table (
  station_id text, name text, lat double precision, lon double precision,
  observed_at timestamptz, prev_observed_at timestamptz,
  num_bikes_available smallint, prev_num_bikes_available smallint, bikes_delta integer,
  num_docks_available smallint, prev_num_docks_available smallint, docks_delta integer,
  gap_seconds double precision
)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
begin atomic
  select
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
    api.gap_seconds(
      known.prev_observed_at, known.observed_at,
      station.starts, station.unobserved_seconds, station.returns, station.absent_seconds
    )
  from api.observation_of_station as station
  join velolog.station_state as state using (station_key)
  left join lateral (
    select observed_at, num_bikes_available, num_docks_available
    from (
      (
        select observed_at, num_bikes_available, num_docks_available
        from api.stored_report
        where stored_report.station_key = station.station_key and stored_report.observed_at <= $2
        order by observed_at desc
        limit 1
      )
      union all
      (
        select observed_at, num_bikes_available, num_docks_available
        from api.kept_report
        where kept_report.station_key = station.station_key and kept_report.observed_at <= $2
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
      lag(report.num_docks_available, 1, before.num_docks_available) over in_time as docks_before,
      case
        when report.num_bikes_available is not null
          and lag(report.num_bikes_available, 1, before.num_bikes_available) over in_time is null
          and lag(report.observed_at, 1, before.observed_at) over in_time is not null
          then api.last_known_report(report.station_key, report.observed_at, true)
      end as bikes_report,
      case
        when report.num_docks_available is not null
          and lag(report.num_docks_available, 1, before.num_docks_available) over in_time is null
          and lag(report.observed_at, 1, before.observed_at) over in_time is not null
          then api.last_known_report(report.station_key, report.observed_at, false)
      end as docks_report
    from api.known_report as report
    where report.station_key = station.station_key and report.observed_at > $2
    window in_time as (order by report.observed_at)
  ) as reported
  -- As in station_change.
  cross join lateral (
    select
      reported.observed_at,
      reported.num_bikes_available,
      reported.num_docks_available,
      least(
        case
          when reported.num_bikes_available is not null
            then case when bikes_before is null then (bikes_report).observed_at else before_at end
        end,
        case
          when reported.num_docks_available is not null
            then case when docks_before is null then (docks_report).observed_at else before_at end
        end
      ) as prev_observed_at,
      coalesce(bikes_before, (bikes_report).num_bikes_available) as prev_num_bikes_available,
      coalesce(docks_before, (docks_report).num_docks_available) as prev_num_docks_available
  ) as known
  where station.system_id = $1
    and state.observed_at > $2
    and not reported.is_kept
    and (
      known.num_bikes_available <> known.prev_num_bikes_available
      or known.num_docks_available <> known.prev_num_docks_available
    );
end;
