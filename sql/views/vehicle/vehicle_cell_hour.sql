-- vehicle_cell_hour: free-floating vehicles by place and hour: what remains of the past after exact stays are deleted.
-- Grain: one row per system, hour_at (the beginning of an hour, UTC), geohash (7 characters, about 150 m) and form factor that had
-- vehicles in that hour. A cell without vehicles has no row.
-- vehicles_mean is their mean number over the observed part of the hour, and observed_share the size of that part (as added up so far: the newest
-- quarter of an hour is still to come). appeared and vanished add up the rises and falls of the number from poll to poll, unless the time
-- between was not observed. They are a lower bound of arrivals and departures; vans and repairs look the same as rides.
-- Vehicles at stations, or without a place, are left out. The hour in which a system's list changed its name (free_bike_status,
-- vehicle_status) combines both lists.
-- Reads: feed, system, vehicle_cell_hour, vehicle_hour. Read by: dashboards.
create view api.vehicle_cell_hour as
select
  system.system_id,
  cell.hour_at,
  cell.geohash,
  cell.form_factor,
  sum(cell.vehicle_ms)::double precision / nullif(hour.observed_ms, 0) as vehicles_mean,
  sum(cell.appeared)::integer as appeared,
  sum(cell.vanished)::integer as vanished,
  least(1, hour.observed_ms / 3600000.0::double precision) as observed_share
from velolog.system
join velolog.feed using (system_key)
join velolog.vehicle_cell_hour as cell using (feed_key)
-- Grouped after the join, so that a question about one system reads that system only.
cross join lateral (
  select sum(watched.observed_ms) as observed_ms
  from velolog.feed as of_system
  join velolog.vehicle_hour as watched using (feed_key)
  where of_system.system_key = system.system_key and watched.hour_at = cell.hour_at
) as hour
group by system.system_id, cell.hour_at, cell.geohash, cell.form_factor, hour.observed_ms;
