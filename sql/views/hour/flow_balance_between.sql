-- flow_balance_between(from, to, system_id): how many bikes came to and left each station in a window of time, both ends
-- included.
-- Grain: one row per station that was observed in the window.
-- Whole hours come from station_hour; the parts before the first and after the last whole hour are computed from the rows.
-- net, largest_step and gap_seconds are as in flow_balance; the first four numbers are null if no poll of the window told the bikes. The cost does not grow with history.
-- The LAG behind the numbers, its order and its first row are those of station_hour_in.
-- Reads: observed_lane, station, station_hour_between, station_hour_in. Read by: docs.
create function api.flow_balance_between("from" timestamptz, "to" timestamptz, system_id text default null)
returns table (
  system_id text, station_id text, name text, lat double precision, lon double precision,
  arrivals integer, departures integer, net integer, largest_step integer, gap_seconds double precision
)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with bounds as (
    select
      $1 as from_at,
      $2 + interval '1 microsecond' as to_at, -- not included
      date_bin('1 hour', $1 + interval '1 hour - 1 microsecond', 'epoch') as first_hour_at,
      date_bin('1 hour', $2 + interval '1 microsecond', 'epoch') as after_last_hour_at
  ),
  edge as (
    select from_at, least(first_hour_at, to_at) as to_at from bounds where from_at < first_hour_at
    union all
    select greatest(after_last_hour_at, from_at), to_at from bounds
    where after_last_hour_at >= first_hour_at and after_last_hour_at < to_at
  ),
  part as (
    select hour.system_id, hour.station_id, hour.arrivals, hour.departures, hour.largest_step, hour.observed_share * 3600 as observed_seconds
    from bounds
    cross join lateral api.station_hour_between(first_hour_at, after_last_hour_at - interval '1 microsecond', $3) as hour
    union all
    select lane.system_id, station.station_id, case when hour.bikes_min is not null then hour.arrivals end,
      case when hour.bikes_min is not null then hour.departures end, case when hour.bikes_min is not null then hour.largest_step end,
      hour.observed_ms / 1000::double precision
    from edge
    join api.observed_lane as lane on lane.from_at < edge.to_at and lane.to_at >= edge.from_at
    cross join lateral api.station_hour_in(lane.system_key, lane.from_at, lane.to_at, edge.from_at, edge.to_at) as hour
    join velolog.station using (station_key)
    where $3 is null or lane.system_id = $3
  ),
  of_window as (
    select
      part.system_id,
      part.station_id,
      sum(part.arrivals)::integer as arrivals,
      sum(part.departures)::integer as departures,
      max(part.largest_step)::integer as largest_step,
      sum(part.observed_seconds) as observed_seconds
    from part
    group by part.system_id, part.station_id
  )
  select
    of_window.system_id,
    of_window.station_id,
    station.name,
    station.lat,
    station.lon,
    of_window.arrivals,
    of_window.departures,
    of_window.arrivals - of_window.departures,
    of_window.largest_step,
    greatest(
      date_part('epoch', least(station.last_observed_at, $2) - greatest(station.first_observed_at, $1))
      - of_window.observed_seconds,
      0
    )
  from of_window
  join api.station using (system_id, station_id)
$$;
