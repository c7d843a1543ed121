-- station_hour: how many bikes and docks each station had in each hour, and for which share of it none.
-- Grain: one row per station and UTC hour in which the station was observed; an hour without a row was not observed.
-- Means are weighted by time: a value lasts from the poll that saw it until the next change or the end of observation. They
-- are of the time in which the number was known; null means and bounds: the feed did not say it. The three shares are of
-- the time in which the state was known (null where that is 0 s: one poll alone saw the station, or the state was unknown
-- all the time), unknown_share is of the time observed, observed_share of the hour, also of the one that is not over.
-- arrivals and departures are the rises and falls of bikes between two polls, counted in the hour of the later one: lower
-- bounds, because what cancels out between two polls is not seen; a van counts like riders. After a pause of observation
-- they hold what the pause changed. largest_step is the most bikes that came or went at once: a suspected van.
-- Whole hours are worked out once, within the next hour (packages/store/src/upkeep/roll-up.ts), the rest when asked for. Both by
-- station_hour_in, whose header says how its LAG is ordered and what happens to the first row.
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
  hour.arrivals,
  hour.departures,
  hour.largest_step::integer,
  hour.unknown_ms::double precision / nullif(hour.observed_ms, 0) as unknown_share
from hour
join velolog.station using (station_key)
join velolog.system using (system_key);
