-- vehicle_stay_between(from, to, system_id): stays of vehicles at a place that overlap a window.
-- Grain: one row per stay, without an id and without anything that links the end of one stay to the beginning of another (docs/privacy.md).
-- from_at is the first poll with the vehicle, to_at the first poll without it (null: it was there at the newest observation). begin_seen and end_seen
-- are false if the time just before was not observed: the vehicle may have come or left earlier. A stay that was open when imported history ended, also
-- that of an archive (vehicle_feed), or when the feed changed its name, ends at the last observation of that history with end_seen false, and is in no
-- window that begins after it. Exact stays are kept for VEHICLE_STAY_DAYS.
-- Where a publisher changes the name of the list back and forth, each name counts until the first list under the other (vehicle_turn): a vehicle that stays has a
-- stay for each turn, which ends and begins without anybody having seen it go or come.
-- No LAG: the store decides whether a stay goes on (packages/store/src/memory/vehicles).
-- Reads: feed, feed_lane, system, vehicle_feed, vehicle_stay, vehicle_turn, vehicle_type. Read by: vehicle_count_between, packages/live, packages/cli, dashboards.
create function api.vehicle_stay_between("from" timestamptz, "to" timestamptz, system_id text default null)
returns table (
  system_id text, vehicle_type_id text, form_factor text, propulsion_type text, lat double precision, lon double precision,
  station_id text, state text, from_at timestamptz, to_at timestamptz, begin_seen boolean, end_seen boolean
)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with lane as materialized (
    select
      system.system_id,
      feed.feed_key,
      lane.from_at,
      lane.to_at,
      lane.observed_at,
      coalesce(not current.is_archive, false) as is_polled
    from velolog.system
    join velolog.feed using (system_key)
    join api.feed_lane as lane using (feed_key)
    left join api.vehicle_feed as current on current.feed_key = feed.feed_key and current.lane_from_at = lane.from_at
    where feed.feed in ('free_bike_status', 'vehicle_status') and ($3 is null or system.system_id = $3) and lane.from_at < $2
  ),
  turn as materialized (
    select feed_key, from_at, to_at from api.vehicle_turn where $3 is null or vehicle_turn.system_id = $3
  ),
  stay as (
    select
      lane.system_id,
      parked.vehicle_type_key,
      parked.lat_e5,
      parked.lon_e5,
      parked.station_id,
      parked.state,
      parked.from_at,
      case when parked.to_at is not null or lane.is_polled then parked.to_at else lane.observed_at end as to_at,
      parked.begin_seen,
      case when parked.to_at is not null or lane.is_polled then parked.end_seen else false end as end_seen,
      lane.feed_key
    from lane
    join velolog.vehicle_stay as parked
      on parked.feed_key = lane.feed_key and parked.from_at between lane.from_at and lane.to_at and parked.from_at < $2
      and (parked.to_at > $1 or parked.to_at is null)
    -- At its last observation each of them was still there.
    where parked.to_at is not null or lane.is_polled or lane.observed_at >= $1
  )
  select
    stay.system_id,
    type.vehicle_type_id,
    type.form_factor,
    type.propulsion_type,
    stay.lat_e5 / 1e5::double precision,
    stay.lon_e5 / 1e5::double precision,
    stay.station_id,
    stay.state::text,
    greatest(stay.from_at, turn.from_at),
    case when turn.to_at < coalesce(stay.to_at, 'infinity') then turn.to_at else stay.to_at end,
    stay.begin_seen and stay.from_at >= coalesce(turn.from_at, '-infinity'),
    case when turn.to_at < coalesce(stay.to_at, 'infinity') then false else stay.end_seen end
  from stay
  left join velolog.vehicle_type as type using (vehicle_type_key)
  left join turn
    on turn.feed_key = stay.feed_key and turn.from_at < coalesce(stay.to_at, 'infinity') and turn.to_at > stay.from_at
  where turn.feed_key is null
    or (greatest(stay.from_at, turn.from_at) < $2 and (turn.to_at > $1))
$$;
