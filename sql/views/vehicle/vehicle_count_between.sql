-- vehicle_count_between(from, to, system_id, step_seconds): how many vehicles were parked at regular times of a window, for a chart.
-- Grain: one row per system, time at (a multiple of step_seconds within the window) and form factor that had vehicles then. A time without
-- any vehicle, or without observation, has one row without a form factor. A step that would give more than 2,000 times is made longer.
-- vehicles counts those away from stations, by state. docked_vehicles stand at a station, which may count them too, and are not part of vehicles.
-- All counts are null if no run of successful polls contains the time (not observed). An empty list is 0.
-- No LAG: a stay counts at each time within it; the cost is that of stays plus times, not of their product.
-- Reads: coverage, feed, feed_lane, step_times, system, vehicle_feed, vehicle_stay_between. Read by: dashboards.
create function api.vehicle_count_between(
  "from" timestamptz, "to" timestamptz, system_id text default null, step_seconds double precision default 300
)
returns table (
  system_id text, at timestamptz, form_factor text, vehicles bigint, available bigint, reserved bigint, disabled bigint, docked_vehicles bigint
)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with times as materialized (
    select number, at, seconds from api.step_times($1, $2, $4)
  ),
  step as materialized (
    select seconds from times limit 1
  ),
  watched as materialized (
    select system.system_id, feed.feed_key
    from velolog.system
    join velolog.feed using (system_key)
    where feed.feed in ('free_bike_status', 'vehicle_status') and ($3 is null or system.system_id = $3)
  ),
  seen as materialized (
    select distinct watched.system_id, times.at
    from watched
    join velolog.coverage using (feed_key)
    join times on times.at >= coverage.from_at and times.at <= coverage.to_at
    where coverage.outcome = 'observed' and coverage.from_at <= $2 and coverage.to_at >= $1
  ),
  -- What was there at the last observation of history that nobody goes on with counts at that time, too.
  last_seen as materialized (
    select distinct watched.system_id, lane.observed_at
    from watched
    join api.feed_lane as lane using (feed_key)
    left join api.vehicle_feed as current on current.feed_key = lane.feed_key and current.lane_from_at = lane.from_at
    where coalesce(current.is_archive, true)
  ),
  -- A stay counts from the first of the times at or after its beginning to the last before its end: two steps of a sum, however long it is.
  change as (
    select
      stay.system_id,
      stay.form_factor,
      stay.state,
      stay.station_id is not null as is_docked,
      edge.number,
      edge.difference
    from step
    cross join api.vehicle_stay_between($1, $2 + interval '1 s', $3) as stay
    left join last_seen
      on last_seen.system_id = stay.system_id and last_seen.observed_at = stay.to_at and not stay.end_seen
    cross join lateral (
      values
        (ceil(extract(epoch from greatest(stay.from_at, $1)) / step.seconds)::bigint, 1),
        (
          case
            when last_seen.observed_at is null then ceil(extract(epoch from stay.to_at) / step.seconds)
            else floor(extract(epoch from stay.to_at) / step.seconds) + 1
          end::bigint,
          -1
        )
    ) as edge (number, difference)
    where edge.number is not null
  ),
  changed as materialized (
    select
      system_id,
      form_factor,
      number,
      sum(difference) filter (where not is_docked) as vehicles,
      sum(difference) filter (where not is_docked and state = 'available') as available,
      sum(difference) filter (where not is_docked and state = 'reserved') as reserved,
      sum(difference) filter (where not is_docked and state = 'disabled') as disabled,
      sum(difference) filter (where is_docked) as docked_vehicles
    from change
    group by 1, 2, 3
  ),
  summed as (
    select
      kind.system_id,
      kind.form_factor,
      times.at,
      coalesce(sum(changed.vehicles) over in_time, 0)::bigint as vehicles,
      coalesce(sum(changed.available) over in_time, 0)::bigint as available,
      coalesce(sum(changed.reserved) over in_time, 0)::bigint as reserved,
      coalesce(sum(changed.disabled) over in_time, 0)::bigint as disabled,
      coalesce(sum(changed.docked_vehicles) over in_time, 0)::bigint as docked_vehicles
    from (select distinct changed.system_id, changed.form_factor from changed) as kind
    cross join times
    left join changed
      on changed.system_id = kind.system_id and changed.form_factor is not distinct from kind.form_factor and changed.number = times.number
    window in_time as (partition by kind.system_id, kind.form_factor order by times.number)
  ),
  counted as (
    select summed.*
    from summed
    join seen on seen.system_id = summed.system_id and seen.at = summed.at
    where summed.vehicles + summed.docked_vehicles > 0
  )
  select
    wanted.system_id,
    times.at,
    counted.form_factor,
    case when seen.at is not null then coalesce(counted.vehicles, 0) end,
    case when seen.at is not null then coalesce(counted.available, 0) end,
    case when seen.at is not null then coalesce(counted.reserved, 0) end,
    case when seen.at is not null then coalesce(counted.disabled, 0) end,
    case when seen.at is not null then coalesce(counted.docked_vehicles, 0) end
  from (select distinct watched.system_id from watched) as wanted
  cross join times
  left join seen on seen.system_id = wanted.system_id and seen.at = times.at
  left join counted on counted.system_id = wanted.system_id and counted.at = times.at
$$;
