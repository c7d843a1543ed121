-- station_current: what each station offers now, as far as is known.
-- Grain: one row per station that a station_status has ever listed. A station that is missing from the newest non-empty list has the
-- state `absent` and its last known values.
-- observed_at is the last poll that confirmed the values, even if nothing changed; age_seconds is its age. When a feed stops answering, its
-- values stay and their age grows. state_since is when the current state began.
-- state is `ok empty full closed absent` or `unknown`: the feed gives neither count, and no flag decides.
-- num_ebikes_available is the feed's own count, or else the sum over the vehicle types that are e-bikes (a bicycle or cargo bicycle that is
-- not human-powered). It is null if the feed gives neither, or a type is not defined. region is the region's name, or its id if it has no name.
-- is_archive: the system is not polled; these are the last values of imported history, not what the station offers now.
-- Reads: feed, flag, newest_observation, region, station, station_absence, station_state, station_state_of, station_type_state, system, vehicle_type. Read by: station_at, station_current_since, system_offer, packages/store, packages/live, packages/cli, docs.
create view api.station_current as
with newest as materialized (
  select
    feed.system_key,
    newest_observation.observed_at,
    feed.last_polled_at is null or feed.last_polled_at < feed.last_fetched_at as is_archive
  from velolog.feed
  join api.newest_observation using (feed_key)
  where feed.feed = 'station_status'
)
select
  system.system_id,
  station.station_id,
  station.name,
  station.lat,
  station.lon,
  station.capacity,
  station.first_observed_at,
  coalesce(absence.last_seen_at, newest.observed_at) as last_observed_at,
  state.num_bikes_available,
  state.num_docks_available,
  state.num_bikes_disabled,
  state.num_docks_disabled,
  velolog.flag(state.flags, 0) as is_installed,
  velolog.flag(state.flags, 1) as is_renting,
  velolog.flag(state.flags, 2) as is_returning,
  case
    when absence.from_at is not null then 'absent'
    else velolog.station_state_of(state.num_bikes_available, state.num_docks_available, state.flags)
  end as state,
  coalesce(absence.from_at, state.state_since) as state_since,
  coalesce(absence.last_seen_at, newest.observed_at) as observed_at,
  extract(epoch from now() - coalesce(absence.last_seen_at, newest.observed_at))::double precision as age_seconds,
  newest.is_archive,
  coalesce(
    (select own.num_available from (select state_of.* from velolog.station_type_state as state_of where state_of.station_key = state.station_key) as own where own.vehicle_type_key = 0),
    (
      select
        case
          -- Vehicles of an undefined type may be e-bikes, too.
          when bool_or(typed.num_available is distinct from 0 and (typed.form_factor is null
            or typed.form_factor in ('bicycle', 'cargo_bicycle') and typed.propulsion_type is null)) then null
          when bool_or(typed.is_electric and typed.num_available is null) then null
          when bool_or(typed.is_electric) then sum(typed.num_available) filter (where typed.is_electric)
          when bool_and(typed.num_available is not null) and exists (
            select from velolog.vehicle_type as electric
            where electric.system_key = station.system_key and electric.form_factor in ('bicycle', 'cargo_bicycle')
              and electric.propulsion_type <> 'human'
          ) then 0
        end
      from (
        select
          counted.num_available, type.form_factor, type.propulsion_type,
          type.form_factor in ('bicycle', 'cargo_bicycle') and type.propulsion_type <> 'human' as is_electric
        from (select state_of.* from velolog.station_type_state as state_of where state_of.station_key = state.station_key) as counted
        join velolog.vehicle_type as type using (vehicle_type_key)
      ) as typed
    )
  )::integer as num_ebikes_available,
  coalesce((
    select region.name from velolog.region where region.system_key = station.system_key and region.region_id = station.region_id
  ), station.region_id) as region
from velolog.station_state as state
join velolog.station using (station_key)
join velolog.system using (system_key)
join newest using (system_key)
-- Ignores an absence from imported history, which is older than the state.
left join velolog.station_absence as absence
  on absence.station_key = state.station_key
  and absence.to_at is null
  and absence.from_at > state.observed_at;
