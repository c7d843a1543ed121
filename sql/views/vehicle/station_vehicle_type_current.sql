-- station_vehicle_type_current: how many vehicles of each type each station has now.
-- Grain: one row per listed station and vehicle type that its list has ever named; a station that the newest list leaves out has none.
-- count is 0 if the newest list leaves the type out, and null if the feed no longer counts by type. form_factor and
-- propulsion_type are null for a type that vehicle_types does not define and whose name does not show them. age_seconds is the age of the
-- newest observation, as in station_current; is_archive: these are the last counts of imported history, not what the station has now.
-- Reads: feed, newest_observation, station, station_absence, station_state, station_type_state, system, vehicle_type. Read by: people.
create view api.station_vehicle_type_current as
select
  system.system_id,
  station.station_id,
  type.vehicle_type_id,
  type.form_factor,
  type.propulsion_type,
  state.num_available as count,
  extract(epoch from now() - newest.observed_at)::double precision as age_seconds,
  feed.last_polled_at is null or feed.last_polled_at < feed.last_fetched_at as is_archive
from velolog.station_type_state as state
join velolog.station using (station_key)
join velolog.system using (system_key)
join velolog.vehicle_type as type using (vehicle_type_key)
join velolog.feed on feed.system_key = station.system_key and feed.feed = 'station_status'
left join api.newest_observation as newest using (feed_key)
where not exists (
  select from velolog.station_absence as absence
  -- As in station_current: an absence from imported history is older than the state.
  join velolog.station_state as held using (station_key)
  where absence.station_key = station.station_key and absence.to_at is null and absence.from_at > held.observed_at
);
