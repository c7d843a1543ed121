-- station_hour: mean bikes and docks of each station in each hour, and the share of the hour without any.
-- Grain: one row per station and UTC hour in which the station was observed; an hour without a row was not observed.
-- Means are weighted by time: a value lasts from the poll that observed it until the next change or the end of observation. They
-- cover the time in which the number was known; means and bounds are null if the feed did not report it. empty_share, full_share and closed_share
-- are shares of the time in which the state was known (null if that is 0 s: only one poll observed the station, or the state was unknown
-- throughout). unknown_share is a share of the observed time, and observed_share of the whole hour, even while it is not over.
-- arrivals and departures are the rises and falls of bikes between two polls, counted in the hour of the later poll. They are lower
-- bounds: movements that cancel out between two polls stay unseen, and a van counts like riders. After a pause of observation
-- they include what changed in the pause. largest_step is the most bikes that came or left at once: perhaps a van. All three are null for an hour
-- in which no poll told the number of bikes.
-- Whole hours are computed once, within the next hour (packages/store/src/upkeep/roll-up.ts), the rest on request. Both use
-- station_hour_in, whose header explains the order of its LAG and its first row.
-- The view reads the whole history. For a window of time ask station_hour_between, which does not.
-- Reads: station, station_hour, station_hour_fresh, system. Read by: flow_balance, profile_weekly, docs.
create view api.station_hour as
with hour as (
  select
    station_key, hour_at, bikes_min, bikes_mean, bikes_max, docks_min, docks_mean, docks_max,
    observed_ms, empty_ms, full_ms, closed_ms, unknown_ms, arrivals, departures, largest_step
  from velolog.station_hour
  union all
  select
    fresh.station_key, fresh.hour_at, fresh.bikes_min, fresh.bikes_mean, fresh.bikes_max, fresh.docks_min, fresh.docks_mean, fresh.docks_max,
    fresh.observed_ms, fresh.empty_ms, fresh.full_ms, fresh.closed_ms, fresh.unknown_ms, fresh.arrivals, fresh.departures, fresh.largest_step
  from velolog.system
  cross join lateral api.station_hour_fresh('-infinity', 'infinity', system.system_id) as fresh
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
  case when hour.bikes_min is not null then hour.arrivals end as arrivals,
  case when hour.bikes_min is not null then hour.departures end as departures,
  (case when hour.bikes_min is not null then hour.largest_step end)::integer as largest_step,
  hour.unknown_ms::double precision / nullif(hour.observed_ms, 0) as unknown_share
from hour
join velolog.station using (station_key)
join velolog.system using (system_key);
