-- station_hour_between(from, to, system_id, station_id): the rows of station_hour whose hour_at lies between `from` and `to` (both
-- included), for one station, one system or all.
-- Grain: one row per station and UTC hour in which the station was observed, within the window.
-- The LAG, its order and its first row are those of station_hour_in.
-- Reads: station, station_hour, station_hour_fresh, system. Read by: flow_balance_between, profile_weekly_of, packages/live, docs, dashboards.
create function api.station_hour_between(
  "from" timestamptz, "to" timestamptz, system_id text default null, station_id text default null
)
returns table (
  system_id text, station_id text, name text, hour_at timestamptz,
  bikes_min smallint, bikes_mean double precision, bikes_max smallint,
  docks_min smallint, docks_mean double precision, docks_max smallint,
  empty_share double precision, full_share double precision, closed_share double precision, observed_share double precision,
  arrivals integer, departures integer, largest_step integer, unknown_share double precision
)
language sql stable parallel safe cost 2000000 rows 6000
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with hour as (
    select
      station_key, hour_at, bikes_min, bikes_mean, bikes_max, docks_min, docks_mean, docks_max,
      observed_ms, empty_ms, full_ms, closed_ms, unknown_ms, arrivals, departures, largest_step
    from velolog.station_hour
    where $4 is null
      and system_key = any (array(select system_key from velolog.system where $3 is null or system_id = $3))
      and hour_at between $1 and $2
    union all
    select
      station_key, hour_at, bikes_min, bikes_mean, bikes_max, docks_min, docks_mean, docks_max,
      observed_ms, empty_ms, full_ms, closed_ms, unknown_ms, arrivals, departures, largest_step
    from velolog.station_hour
    where $4 is not null
      and station_key = any (array(
        select station.station_key
        from velolog.station
        join velolog.system using (system_key)
        where station.station_id = $4 and ($3 is null or system.system_id = $3)
      ))
      and hour_at between $1 and $2
    union all
    select * from api.station_hour_fresh($1, $2, $3, $4)
  )
  select
    system.system_id,
    station.station_id,
    station.name,
    hour.hour_at,
    hour.bikes_min,
    hour.bikes_mean,
    hour.bikes_max,
    hour.docks_min,
    hour.docks_mean,
    hour.docks_max,
    hour.empty_ms::double precision / nullif(hour.observed_ms - hour.unknown_ms, 0) as empty_share,
    hour.full_ms::double precision / nullif(hour.observed_ms - hour.unknown_ms, 0) as full_share,
    hour.closed_ms::double precision / nullif(hour.observed_ms - hour.unknown_ms, 0) as closed_share,
    hour.observed_ms / 3600000::double precision as observed_share,
    case when hour.bikes_min is not null then hour.arrivals end,
    case when hour.bikes_min is not null then hour.departures end,
    (case when hour.bikes_min is not null then hour.largest_step end)::integer,
    hour.unknown_ms::double precision / nullif(hour.observed_ms, 0)
  from hour
  join velolog.station using (station_key)
  join velolog.system using (system_key)
$$;
