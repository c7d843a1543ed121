-- station_vehicle_type_current: how many vehicles of each type each station has now.
-- Grain: one row per station and vehicle type that its list has ever named.
-- count is 0 if the newest list leaves the type out, and null if the feed no longer counts by type. form_factor and
-- propulsion_type are null for a type that vehicle_types does not define and whose name does not show them.
-- Reads: station, station_type_state, system, vehicle_type. Read by: people.
create view api.station_vehicle_type_current as
select
  system.system_id,
  station.station_id,
  type.vehicle_type_id,
  type.form_factor,
  type.propulsion_type,
  state.num_available as count
from velolog.station_type_state as state
join velolog.station using (station_key)
join velolog.system using (system_key)
join velolog.vehicle_type as type using (vehicle_type_key);
