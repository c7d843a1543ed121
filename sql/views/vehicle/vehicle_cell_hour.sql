-- vehicle_cell_hour: free-floating vehicles per place and hour: what stays of the past when exact stays are gone.
-- Grain: one row per system, hour_at (the beginning of an hour, UTC), geohash (7 characters, about 150 m) and form factor that had
-- vehicles in that hour. No row where there was none.
-- vehicles_mean is their mean number over the observed part of the hour, observed_share how large that part was (added up so far: the newest
-- quarter of an hour is still to come). appeared and vanished are what the number rose and fell by from poll to poll, where somebody had
-- looked before: a lower bound of comings and goings, and vans and repairs look the same as rides.
-- Vehicles at stations, or without a place, are left out.
-- Reads: feed, system, vehicle_cell_hour, vehicle_hour. Read by: dashboards.
create view api.vehicle_cell_hour as
select
  system.system_id,
  cell.hour_at,
  cell.geohash,
  cell.form_factor,
  cell.vehicle_ms::double precision / nullif(hour.observed_ms, 0) as vehicles_mean,
  cell.appeared,
  cell.vanished,
  least(1, hour.observed_ms / 3600000.0::double precision) as observed_share
from velolog.vehicle_cell_hour as cell
join velolog.vehicle_hour as hour using (feed_key, hour_at)
join velolog.feed using (feed_key)
join velolog.system using (system_key);
