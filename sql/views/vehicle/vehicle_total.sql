-- vehicle_total: how many parked vehicles each system has now.
-- Grain: one row per system and form factor (null: not given) of the vehicles in its newest list; none for a system whose list is empty.
-- vehicles counts those away from stations, by state. docked_vehicles stand at a station, which may count them too (num_bikes_available). They are
-- not part of vehicles, so nothing counts twice. west, south, east and north are the bounds of the vehicles that report a place.
-- observed_at is the newest observation of the list. is_archive: the system is not polled, and these vehicles are not current.
-- The store updates the counts in its commits, so the cost does not grow with vehicles.
-- Reads: vehicle_feed, vehicle_type, vehicle_type_summary. Read by: packages/live.
create view api.vehicle_total as
select
  feed.system_id,
  type.form_factor,
  sum(kept.available + kept.reserved + kept.disabled)::integer as vehicles,
  sum(kept.available)::integer as available,
  sum(kept.reserved)::integer as reserved,
  sum(kept.disabled)::integer as disabled,
  sum(kept.docked)::integer as docked_vehicles,
  min(kept.west) as west,
  min(kept.south) as south,
  max(kept.east) as east,
  max(kept.north) as north,
  min(feed.observed_at) as observed_at,
  bool_and(feed.is_archive) as is_archive
from api.vehicle_feed as feed
join velolog.vehicle_type_summary as kept on kept.feed_key = feed.feed_key
left join velolog.vehicle_type as type using (vehicle_type_key)
group by feed.system_id, type.form_factor;
