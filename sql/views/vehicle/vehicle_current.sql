-- vehicle_current: each vehicle that is listed now, without its id.
-- Grain: one row per vehicle in the newest list of its system.
-- state is `available`, `reserved` or `disabled`. range_meters is the operator's estimate in whole kilometres, null where the feed does not
-- tell; so are form_factor and propulsion_type. station_id: it stands at a station, which may count it too (num_bikes_available), so add
-- up only those without. lat and lon are null where the feed tells the station alone.
-- since is the first poll that found it here and in this state; since_seen: somebody had looked just before. observed_at is the newest
-- observation of the list, age_seconds its age: a feed that has stopped answering leaves vehicles that grow old.
-- is_archive: these are the last of history that was imported, nobody polls the system.
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
cross join lateral (
  select parked.*, listed.range_km as newest_range_km
  from velolog.vehicle_stay as parked
  -- One hash of the system's list: a look for each stay would be the square of a large fleet.
  left join (
    select entry.stay_key, max(entry.range_km) as range_km
    from velolog.vehicle_listed as entry
    where entry.feed_key = feed.feed_key
    group by entry.stay_key
  ) as listed on listed.stay_key = parked.stay_key
  where parked.feed_key = feed.feed_key and parked.to_at is null and parked.from_at >= feed.lane_from_at
) as stay
left join velolog.vehicle_type as type using (vehicle_type_key);
