-- vehicle_change_between(from, to, system_id): where vehicles appeared, moved, changed state or disappeared, by map cell.
-- Grain: one row per poll at observed_at, geohash (7 characters, about 150 m) and form factor with any change since the
-- poll before; both ends of the window are included.
-- LAG runs per cell and form factor of one stretch of records, in order of our fetch time, over the counts after each poll that changed
-- one. The first row of the window compares with the counts at its beginning, so nothing older is read. A new cell had 0 before. The first
-- observation of a stretch is not a change, and no vehicle vanishes where imported history ends.
-- Nor is the first list after the list has changed its name (vehicle_turn): what has happened since the last one under this name, the other told.
-- Vehicles have no ids here, so a row gives the least that must have happened: `moved` vehicles left one place of the cell for another at the
-- same poll, changed_state vehicles now have another state; appeared or vanished is the rest. If one vehicle leaves and another of the same state
-- arrives, that counts as moved. A vehicle that leaves the cell counts as vanished here and appeared there. Vans and repairs look the same as rides.
-- gap_seconds is the unobserved time just before: the change happened at some time in it, and moved is 0 because it is not known.
-- Vehicles at stations, or without a place, are left out. Exact stays, and therefore these rows, are kept for VEHICLE_STAY_DAYS.
-- Reads: coverage, feed, geohash_of, observed_range, system, vehicle_stay, vehicle_turn, vehicle_type. Read by: docs, dashboards.
create function api.vehicle_change_between("from" timestamptz, "to" timestamptz, system_id text default null)
returns table (
  system_id text, observed_at timestamptz, geohash text, form_factor text,
  vehicles bigint, prev_vehicles bigint, vehicles_delta bigint,
  available bigint, prev_available bigint, reserved bigint, prev_reserved bigint, disabled bigint, prev_disabled bigint,
  appeared bigint, vanished bigint, moved bigint, changed_state bigint, gap_seconds double precision
)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with turn as materialized (
    select feed_key, from_at from api.vehicle_turn where $3 is null or vehicle_turn.system_id = $3
  ),
  lane as materialized (
    select system.system_id, feed.feed_key, lane.from_at, lane.to_at, first.observed_at as first_at
    from velolog.system
    join velolog.feed using (system_key)
    join velolog.observed_range as lane using (feed_key)
    cross join lateral (
      select coverage.from_at as observed_at
      from velolog.coverage
      where coverage.feed_key = feed.feed_key and coverage.outcome = 'observed' and coverage.from_at between lane.from_at and lane.to_at
      order by coverage.from_at
      limit 1
    ) as first
    where feed.feed in ('free_bike_status', 'vehicle_status') and ($3 is null or system.system_id = $3)
      and lane.from_at <= $2 and lane.to_at >= $1
  ),
  stay as materialized (
    select
      lane.feed_key,
      lane.from_at as lane_from_at,
      velolog.geohash_of(stay.lat_e5, stay.lon_e5) as geohash,
      type.form_factor,
      stay.state,
      stay.from_at,
      stay.to_at,
      stay.begin_seen,
      stay.end_seen
    from lane
    join velolog.vehicle_stay as stay
      on stay.feed_key = lane.feed_key and stay.from_at between lane.from_at and lane.to_at and stay.from_at <= $2
      and (stay.to_at >= $1 or stay.to_at is null)
    left join velolog.vehicle_type as type using (vehicle_type_key)
    where stay.station_id is null and stay.lat_e5 is not null
  ),
  -- The vehicles before the window count as one step, at its beginning.
  step as (
    select feed_key, lane_from_at, geohash, form_factor, '-infinity'::timestamptz as at, state, 1 as difference, false as is_seen
    from stay
    where from_at < $1
    union all
    select feed_key, lane_from_at, geohash, form_factor, from_at, state, 1, begin_seen from stay where from_at >= $1
    union all
    select feed_key, lane_from_at, geohash, form_factor, to_at, state, -1, end_seen from stay where to_at between $1 and $2
  ),
  changed as (
    select
      feed_key,
      lane_from_at,
      geohash,
      form_factor,
      at,
      coalesce(sum(difference) filter (where state = 'available'), 0) as available,
      coalesce(sum(difference) filter (where state = 'reserved'), 0) as reserved,
      coalesce(sum(difference) filter (where state = 'disabled'), 0) as disabled,
      least(
        count(*) filter (where state = 'available' and difference = 1 and is_seen),
        count(*) filter (where state = 'available' and difference = -1 and is_seen)
      )
      + least(
        count(*) filter (where state = 'reserved' and difference = 1 and is_seen),
        count(*) filter (where state = 'reserved' and difference = -1 and is_seen)
      )
      + least(
        count(*) filter (where state = 'disabled' and difference = 1 and is_seen),
        count(*) filter (where state = 'disabled' and difference = -1 and is_seen)
      ) as moved
    from step
    group by 1, 2, 3, 4, 5
  ),
  counted as (
    select
      feed_key,
      lane_from_at,
      geohash,
      form_factor,
      at,
      moved,
      (sum(available) over in_cell)::bigint as available,
      (sum(reserved) over in_cell)::bigint as reserved,
      (sum(disabled) over in_cell)::bigint as disabled
    from changed
    window in_cell as (partition by feed_key, lane_from_at, geohash, form_factor order by at)
  ),
  compared as (
    select
      feed_key,
      lane_from_at,
      geohash,
      form_factor,
      at,
      moved,
      available,
      reserved,
      disabled,
      lag(available, 1, 0::bigint) over in_cell as prev_available,
      lag(reserved, 1, 0::bigint) over in_cell as prev_reserved,
      lag(disabled, 1, 0::bigint) over in_cell as prev_disabled
    from counted
    window in_cell as (partition by feed_key, lane_from_at, geohash, form_factor order by at)
  ),
  told as (
    select
      compared.*,
      available + reserved + disabled as vehicles,
      prev_available + prev_reserved + prev_disabled as prev_vehicles,
      greatest(available - prev_available, 0) + greatest(reserved - prev_reserved, 0) + greatest(disabled - prev_disabled, 0) as more,
      greatest(prev_available - available, 0) + greatest(prev_reserved - reserved, 0) + greatest(prev_disabled - disabled, 0) as fewer
    from compared
  )
  select
    lane.system_id,
    told.at,
    told.geohash,
    told.form_factor,
    told.vehicles,
    told.prev_vehicles,
    told.vehicles - told.prev_vehicles,
    told.available,
    told.prev_available,
    told.reserved,
    told.prev_reserved,
    told.disabled,
    told.prev_disabled,
    greatest(told.vehicles - told.prev_vehicles, 0),
    greatest(told.prev_vehicles - told.vehicles, 0),
    told.moved,
    least(told.more, told.fewer),
    coalesce(extract(epoch from told.at - pause.from_at), 0)::double precision
  from told
  join lane on lane.feed_key = told.feed_key and lane.from_at = told.lane_from_at
  -- Only the first poll of a run of observation has a pause before it.
  left join lateral (
    select previous.to_at as from_at
    from velolog.coverage as run
    join velolog.coverage as previous on previous.feed_key = run.feed_key and previous.outcome = 'observed' and previous.from_at < run.from_at
    where run.feed_key = told.feed_key and run.outcome = 'observed' and run.from_at = told.at
    order by previous.from_at desc
    limit 1
  ) as pause on true
  where told.at >= $1 and told.at > lane.first_at
    and not exists (select from turn where turn.feed_key = told.feed_key and turn.from_at = told.at)
    and (told.moved > 0 or told.more > 0 or told.fewer > 0)
$$;
