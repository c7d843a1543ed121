-- vehicle_cell_hour: free-floating vehicles per place and hour: what stays of the past when exact stays are gone.
-- Grain: one row per system, hour_at (the beginning of an hour, UTC), geohash (7 characters, about 150 m) and form factor that had
-- vehicles in that hour. No row where there was none.
-- vehicles_mean is their mean number over the observed part of the hour, observed_share how large that part was (added up so far: the newest
-- quarter of an hour is still to come). appeared and vanished are what the number rose and fell by from poll to poll, where somebody had
-- looked before: a lower bound of comings and goings, and vans and repairs look the same as rides.
-- Vehicles at stations, or without a place, are left out. The hour in which a system's list took another name (free_bike_status,
-- vehicle_status) is that of both together.
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
-- Not grouped before it is joined: what is asked of one system is read of that one.
cross join lateral (
  select sum(watched.observed_ms) as observed_ms
  from velolog.feed as of_system
  join velolog.vehicle_hour as watched using (feed_key)
  where of_system.system_key = system.system_key and watched.hour_at = cell.hour_at
) as hour
group by system.system_id, cell.hour_at, cell.geohash, cell.form_factor, hour.observed_ms;
