-- vehicle_current: each vehicle that is listed now, without its id.
-- Grain: one row per vehicle in the newest list of its system.
-- state is `available`, `reserved` or `disabled`. range_meters is the operator's estimate, in whole kilometres. It is null if the feed does not
-- give it, as are form_factor and propulsion_type. station_id is the station at which the vehicle stands; that station may count it too
-- (num_bikes_available), so add up only vehicles without one. lat and lon are null if the feed gives the station alone.
-- since is the first poll that found the vehicle here and in this state; since_seen is true if the time just before was observed. observed_at is
-- the newest observation of the list, and age_seconds its age: when a feed stops answering, its vehicles stay and their age grows,
-- until their exact stays are deleted (VEHICLE_STAY_DAYS). Then there are no rows, which does not mean no vehicles: system_current keeps the last counts, with their age.
-- is_archive: the system is not polled; these vehicles are the last of imported history.
-- Reads: vehicle_feed, vehicle_listed, vehicle_stay, vehicle_type. Read by: packages/live, dashboards.
create view api.vehicle_current as
select
  feed.system_id,
  type.vehicle_type_id,
  type.form_factor,
  type.propulsion_type,
  stay.lat_e5 / 1e5::double precision as lat,
  stay.lon_e5 / 1e5::double precision as lon,
  stay.station_id,
  stay.state::text as state,
  1000 * coalesce(stay.newest_range_km, stay.range_km) as range_meters,
  stay.from_at as since,
  stay.begin_seen as since_seen,
  feed.observed_at,
  extract(epoch from now() - feed.observed_at)::double precision as age_seconds,
  feed.is_archive
from api.vehicle_feed as feed
-- The stays and their newest ranges are grouped, not joined: from a table without statistics the planner expects one row, and would scan
-- the whole list for each stay.
cross join lateral (
  select
    stay_key,
    min(vehicle_type_key) as vehicle_type_key, min(lat_e5) as lat_e5, min(lon_e5) as lon_e5, min(station_id) as station_id, min(state) as state,
    min(range_km) as range_km, min(from_at) as from_at, bool_or(begin_seen) as begin_seen, max(newest_range_km) as newest_range_km
  from (
    select
      parked.stay_key, parked.vehicle_type_key, parked.lat_e5, parked.lon_e5, parked.station_id, parked.state, parked.range_km, parked.from_at,
      parked.begin_seen, null::integer as newest_range_km
    from velolog.vehicle_stay as parked
    where parked.feed_key = feed.feed_key and parked.to_at is null and parked.from_at >= feed.lane_from_at
    union all
    select entry.stay_key, null, null, null, null, null, null, null, null, entry.range_km
    from velolog.vehicle_listed as entry
    where entry.feed_key = feed.feed_key
  ) as parked_or_listed
  group by stay_key
  -- An entry without an open stay has left, or belongs to another lane.
  having bool_or(begin_seen is not null)
) as stay
left join velolog.vehicle_type as type using (vehicle_type_key);
