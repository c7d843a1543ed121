-- vehicle_total: how many vehicles each system has parked now.
-- Grain: one row per system and form factor (null: not told) of the vehicles in its newest list; none for a system whose list is empty.
-- vehicles are those without a station, by state; docked_vehicles stand at a station, which may count them too (num_bikes_available): they are
-- no part of vehicles, so that nothing is counted twice. west, south, east and north bound those that tell their place.
-- observed_at is the newest observation of the list; is_archive: nobody polls it, these are not of now.
-- Reads: vehicle_feed, vehicle_stay, vehicle_type. Read by: packages/live.
create view api.vehicle_total as
select
  feed.system_id,
  type.form_factor,
  count(*) filter (where stay.station_id is null)::integer as vehicles,
  count(*) filter (where stay.station_id is null and stay.state = 'available')::integer as available,
  count(*) filter (where stay.station_id is null and stay.state = 'reserved')::integer as reserved,
  count(*) filter (where stay.station_id is null and stay.state = 'disabled')::integer as disabled,
  count(*) filter (where stay.station_id is not null)::integer as docked_vehicles,
  min(stay.lon_e5) / 1e5::double precision as west,
  min(stay.lat_e5) / 1e5::double precision as south,
  max(stay.lon_e5) / 1e5::double precision as east,
  max(stay.lat_e5) / 1e5::double precision as north,
  min(feed.observed_at) as observed_at,
  bool_and(feed.is_archive) as is_archive
from api.vehicle_feed as feed
join velolog.vehicle_stay as stay
  on stay.feed_key = feed.feed_key and stay.to_at is null and stay.from_at >= feed.lane_from_at
left join velolog.vehicle_type as type using (vehicle_type_key)
group by feed.system_id, type.form_factor;
