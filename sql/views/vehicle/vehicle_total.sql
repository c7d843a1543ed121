-- vehicle_total: how many vehicles each system has parked now.
-- Grain: one row per system and form factor (null: not told) of the vehicles in its newest list; none for a system whose list is empty.
-- vehicles are those without a station, by state; docked_vehicles stand at a station, which may count them too (num_bikes_available): they are
-- no part of vehicles, so that nothing is counted twice. west, south, east and north bound those that tell their place.
-- observed_at is the newest observation of the list; is_archive: nobody polls it, these are not of now.
-- The store keeps the counts at its commits: the cost does not grow with vehicles.
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
