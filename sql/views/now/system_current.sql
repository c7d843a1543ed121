-- system_current: what each system offers now, as far as is known: the sums of station_current and the counts of vehicle_current.
-- Grain: one row per system_id. The store updates them in its commits, so the cost does not grow with stations or vehicles.
-- stations counts the stations in the newest list. bikes and docks are sums over the stations that report them (null if none does).
-- empty, full, closed and unknown count the stations by state; ebikes is the sum of num_ebikes_available.
-- vehicles_available, vehicles_reserved and vehicles_disabled count the newest list of vehicles (null if the system publishes none).
-- When the list stops coming, the counts stay and their age grows, also after vehicle_current has lost its exact stays.
-- vehicles_at_station counts those of all three that stand at a station, which may count them among its bikes.
-- age_seconds and overdue are those of station_status or of the vehicles, whichever is worse (feed_health).
-- bounds: west, south, east and north, in degrees, of all stations ever listed and of the current vehicles; null while none has a place.
-- country: the two-letter code, if the system was added from the catalogue. is_archive: imported history that is not polled; it has no age.
-- stations_are_archive and vehicles_are_archive say the same of one feed (feed_health). If another feed of the system is polled, what such a
-- feed offers now is not known: its sums are null, its stations count as unknown, and only a wholly imported system keeps its last values.
-- Reads: feed, feed_health, station_summary, system, vehicle_summary, vehicle_type. Read by: system_offer, packages/live, docs, dashboards.
create view api.system_current as
select
  system.system_id,
  system.name,
  system.operator,
  system.timezone,
  system.country,
  system.url,
  system.license_url,
  coalesce(station.stations, 0) as stations,
  case when shown.stations then station.bikes::bigint end as bikes,
  case when shown.stations then station.docks::bigint end as docks,
  case when shown.stations then coalesce(station.ebikes, case
    when station.types_without_ebikes > 0 and exists (
      select from velolog.vehicle_type as electric
      where electric.system_key = system.system_key and electric.form_factor in ('bicycle', 'cargo_bicycle')
        and electric.propulsion_type <> 'human'
    ) then 0
  end)::bigint end as ebikes,
  case when shown.stations then coalesce(station.empty, 0) else 0 end as empty,
  case when shown.stations then coalesce(station."full", 0) else 0 end as "full",
  case when shown.stations then coalesce(station.closed, 0) else 0 end as closed,
  case when shown.stations then coalesce(station.unknown, 0) else coalesce(station.stations, 0) end as unknown,
  case when shown.vehicles then vehicle.available end as vehicles_available,
  case when shown.vehicles then vehicle.reserved end as vehicles_reserved,
  case when shown.vehicles then vehicle.disabled end as vehicles_disabled,
  case when shown.vehicles then vehicle.at_station end as vehicles_at_station,
  health.age_seconds,
  health.overdue,
  case when least(station.west, vehicle.west) is not null then array[
    least(station.west, vehicle.west), least(station.south, vehicle.south),
    greatest(station.east, vehicle.east), greatest(station.north, vehicle.north)
  ] end as bounds,
  whole.is_archive,
  health.stations_are_archive,
  health.vehicles_are_archive
from velolog.system
cross join lateral (
  select not exists (
    select from velolog.feed as polled where polled.system_key = system.system_key and polled.last_polled_at = polled.last_fetched_at
  ) as is_archive
  offset 0 -- asked once a row, and not once for each column that depends on it
) as whole
left join velolog.feed on feed.system_key = system.system_key and feed.feed = 'station_status'
left join velolog.station_summary as station using (feed_key)
-- If a system has had its vehicles under two names, the list fetched last, as in vehicle_feed.
left join lateral (
  select of_vehicles.feed_key, of_vehicles.feed
  from velolog.feed as of_vehicles
  where of_vehicles.system_key = system.system_key and of_vehicles.feed in ('free_bike_status', 'vehicle_status')
  order by of_vehicles.last_fetched_at desc, of_vehicles.feed_key
  limit 1
) as vehicle_feed on true
left join velolog.vehicle_summary as vehicle on vehicle.feed_key = vehicle_feed.feed_key
left join lateral (
  select
    max(told.age_seconds) as age_seconds,
    bool_or(told.overdue) as overdue,
    coalesce(bool_or(told.is_archive) filter (where told.feed = 'station_status'), false) as stations_are_archive,
    coalesce(bool_or(told.is_archive) filter (where told.feed <> 'station_status'), false) as vehicles_are_archive
  from api.feed_health as told
  where told.system_id = system.system_id and told.feed in ('station_status', vehicle_feed.feed)
) as health on true
cross join lateral (
  select
    whole.is_archive or not health.stations_are_archive as stations,
    whole.is_archive or not health.vehicles_are_archive as vehicles
) as shown;
