-- station_change_since(system_id, since): the rows of station_change of one system later than `since`.
-- Grain: one row per change of (num_bikes_available, num_docks_available) of a station.
-- The same rows as station_change_between gives, at a cost that is only of the stations whose last known state is later than
-- `since`: no other station can have such a row. For whoever follows the present; LAG and the one row before are as there.
-- Reads: station_status, station_state, station, system, station_absence, observation, gap_seconds. Read by: packages/live.
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
    case
      when width_bucket(known.observed_at, observation.starts) = width_bucket(known.prev_observed_at, observation.starts)
        and not exists (select from velolog.station_absence where station_absence.station_key = station.station_key)
        then 0
      else api.gap_seconds(
        station.station_key, known.prev_observed_at, known.observed_at, observation.starts, observation.unobserved_seconds
      )
    end
  from velolog.system
  join velolog.station using (system_key)
  join velolog.station_state as state using (station_key)
  left join api.observation on observation.system_id = system.system_id
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
        where station_key = station.station_key and observed_at <= $2
          and (num_bikes_available is not null or num_docks_available is not null)
        order by observed_at desc
        limit 1
      )
      union all
      (
        select observed_at, num_bikes_available, num_docks_available
        from velolog.station_status
        where station_key = station.station_key and observed_at > $2
          and (num_bikes_available is not null or num_docks_available is not null)
      )
    ) as report
    window in_time as (order by report.observed_at)
  ) as known
  where system.system_id = $1
    and state.observed_at > $2
    and known.observed_at > $2
    and known.prev_observed_at is not null
    and (known.num_bikes_available, known.num_docks_available)
      is distinct from (known.prev_num_bikes_available, known.prev_num_docks_available);
end;
