-- station_change_between(from, to, system_id): the rows of station_change whose observed_at lies between from and to
-- (both included, as in SQL), of one system or of all.
-- Grain: one row per change of (num_bikes_available, num_docks_available) of a station within the window.
-- LAG runs per station, in order of our fetch time, over the rows of the window and the one known row before it: that
-- row gives the first change in the window its previous values, so nothing else of the history is read, and the cost
-- does not grow with it. Where no row is before, the first row of the window is the first known one: not a change.
-- Reads: station_status, station, system, station_absence, observation, gap_seconds. Read by: docs/views.md, dashboards.
create function api.station_change_between("from" timestamptz, "to" timestamptz, system_id text default null)
returns table (
  system_id text, station_id text, name text, lat double precision, lon double precision,
  observed_at timestamptz, prev_observed_at timestamptz,
  num_bikes_available smallint, prev_num_bikes_available smallint, bikes_delta integer,
  num_docks_available smallint, prev_num_docks_available smallint, docks_delta integer,
  gap_seconds double precision
)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with absent as materialized (
    select distinct station_key from velolog.station_absence
  ),
  change as (
    select system.system_id, station.station_key, station.station_id, station.name, station.lat, station.lon, known.*
    from velolog.system
    join velolog.station using (system_key)
    cross join lateral (
      select
        report.observed_at,
        report.num_bikes_available,
        report.num_docks_available,
        lag(report.observed_at) over in_time as prev_observed_at,
        lag(report.num_bikes_available) over in_time as prev_num_bikes_available,
        lag(report.num_docks_available) over in_time as prev_num_docks_available
      from (
        (
          select observed_at, num_bikes_available, num_docks_available
          from velolog.station_status
          where station_key = station.station_key and observed_at < $1
            and (num_bikes_available is not null or num_docks_available is not null)
          order by observed_at desc
          limit 1
        )
        union all
        (
          select observed_at, num_bikes_available, num_docks_available
          from velolog.station_status
          where station_key = station.station_key and observed_at between $1 and $2
            and (num_bikes_available is not null or num_docks_available is not null)
        )
      ) as report
      window in_time as (order by report.observed_at)
    ) as known
    where ($3 is null or system.system_id = $3)
      and known.prev_observed_at is not null
      and (known.num_bikes_available, known.num_docks_available)
        is distinct from (known.prev_num_bikes_available, known.prev_num_docks_available)
  )
  select
    change.system_id,
    change.station_id,
    change.name,
    change.lat,
    change.lon,
    change.observed_at,
    change.prev_observed_at,
    change.num_bikes_available,
    change.prev_num_bikes_available,
    change.num_bikes_available - change.prev_num_bikes_available,
    change.num_docks_available,
    change.prev_num_docks_available,
    change.num_docks_available - change.prev_num_docks_available,
    case
      when absent.station_key is null
        and width_bucket(change.observed_at, observation.starts) = width_bucket(change.prev_observed_at, observation.starts)
        then 0
      else api.gap_seconds(
        change.station_key, change.prev_observed_at, change.observed_at, observation.starts, observation.unobserved_seconds
      )
    end
  from change
  left join api.observation using (system_id)
  left join absent using (station_key)
$$;
