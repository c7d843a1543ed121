-- ebike_count_between(from, to, system_id, step_seconds, station_id): how many e-bikes stood at the stations at regular times of a window, for a
-- chart: at all stations of the system together, or at the one given.
-- Grain: one row per time at (a multiple of step_seconds within the window). A step that would give more than 2,000 times is made longer.
-- num_ebikes_available is the sum of num_ebikes_available (see station_current) over the stations listed at that time; stations_telling counts
-- the stations whose number is known. Both are null if the feed was not observed, or retention has dropped counts of that time; the first is also null, never 0, if no number is known.
-- Of a month that retention has dropped, a station's last count of each type is kept (station_type_status_before).
-- Today's vehicle_types decide which types are e-bikes. Values are valid within their lane only (see observed_lane).
-- LAG runs not over rows but over each station's e-bikes in order of time, and finds the difference to the time before; the first
-- value of a station counts in full. The cost is that of changes plus times, not of their product.
-- Reads: absence_span, lane_starts, seen_span, station, station_type_status, station_type_status_before, step_times, vehicle_type. Read by: dashboards.
create function api.ebike_count_between(
  "from" timestamptz, "to" timestamptz, system_id text, step_seconds double precision default 300, station_id text default null
)
returns table (at timestamptz, num_ebikes_available bigint, stations_telling bigint)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with times as materialized (
    select number, at, seconds from api.step_times($1, $2, $4)
  ),
  step as materialized (
    select seconds from times limit 1
  ),
  wanted as materialized (
    select lane.system_key, lane.starts as lane_starts from api.lane_starts as lane where lane.system_id = $3
  ),
  member as materialized (
    select station.station_key from wanted join velolog.station using (system_key) where $5 is null or station.station_id = $5
  ),
  -- Type 0 is what the feed itself counts.
  kind as materialized (
    select 0 as vehicle_type_key, false as is_electric, false as may_be_electric
    union all
    select
      type.vehicle_type_key,
      coalesce(type.form_factor in ('bicycle', 'cargo_bicycle') and type.propulsion_type <> 'human', false),
      type.form_factor is null or type.form_factor in ('bicycle', 'cargo_bicycle') and type.propulsion_type is null
    from wanted
    join velolog.vehicle_type as type using (system_key)
  ),
  dropped as materialized (
    select width_bucket(observed_at, wanted.lane_starts) as lane_number, max(observed_at) as to_at
    from wanted
    cross join member
    join velolog.station_type_status_before using (station_key)
    where observed_at > $1
    group by 1
  ),
  report as (
    select member.station_key, kind.*, counted.observed_at, counted.num_available
    from wanted
    cross join member
    cross join kind
    cross join lateral (
      (
        select observed_at, num_available
        from (
          (
            select observed_at, num_available
            from velolog.station_type_status
            where station_key = member.station_key and vehicle_type_key = kind.vehicle_type_key
              and observed_at >= wanted.lane_starts[greatest(1, width_bucket($1, wanted.lane_starts))] and observed_at <= $1
            order by observed_at desc
            limit 1
          )
          union all
          select observed_at, num_available
          from velolog.station_type_status_before
          where station_key = member.station_key and vehicle_type_key = kind.vehicle_type_key
            and observed_at >= wanted.lane_starts[greatest(1, width_bucket($1, wanted.lane_starts))] and observed_at <= $1
        ) as stored_or_kept
        order by observed_at desc
        limit 1
      )
      union all
      (
        select observed_at, num_available
        from velolog.station_type_status
        where station_key = member.station_key and vehicle_type_key = kind.vehicle_type_key and observed_at > $1 and observed_at <= $2
      )
      union all
      (
        select observed_at, num_available
        from velolog.station_type_status_before
        where station_key = member.station_key and vehicle_type_key = kind.vehicle_type_key and observed_at > $1 and observed_at <= $2
      )
    ) as counted
  ),
  held as (
    select
      report.*,
      least(
        lead(observed_at) over (partition by station_key, vehicle_type_key order by observed_at),
        wanted.lane_starts[width_bucket(observed_at, wanted.lane_starts) + 1]
      ) as to_at
    from report, wanted
  ),
  seen as materialized (
    select span.from_at, span.to_at
    from wanted
    join api.seen_span as span using (system_key)
    where span.from_at <= $2 and span.to_at >= $1
  ),
  absence as (
    select absence.station_key, absence.from_at, absence.to_at
    from member
    join api.absence_span as absence using (station_key)
    where absence.from_at <= $2 and absence.to_at > $1
  ),
  difference as (
    select
      held.station_key,
      ceil(extract(epoch from edge.at) / step.seconds)::bigint as number,
      edge.sign * (vehicle_type_key = 0 and num_available is not null)::integer as own_known,
      edge.sign * case when vehicle_type_key = 0 then coalesce(num_available, 0) else 0 end as own,
      edge.sign * (vehicle_type_key <> 0)::integer as types,
      edge.sign * (vehicle_type_key <> 0 and num_available is null)::integer as types_unknown,
      edge.sign * (may_be_electric and num_available is distinct from 0)::integer as maybe,
      edge.sign * is_electric::integer as electric,
      edge.sign * (is_electric and num_available is null)::integer as electric_unknown,
      edge.sign * case when is_electric then coalesce(num_available, 0) else 0 end as ebikes,
      0 as absent
    from step, held
    cross join lateral (values (greatest(held.observed_at, $1), 1), (held.to_at, -1)) as edge (at, sign)
    where edge.at <= $2
    union all
    select
      absence.station_key, ceil(extract(epoch from edge.at) / step.seconds)::bigint, 0, 0, 0, 0, 0, 0, 0, 0, edge.sign
    from step, absence
    cross join lateral (values (greatest(absence.from_at, $1), 1), (absence.to_at, -1)) as edge (at, sign)
    where edge.at <= $2
  ),
  per_station as (
    select
      station_key, number,
      sum(own_known) as own_known, sum(own) as own, sum(types) as types, sum(types_unknown) as types_unknown, sum(maybe) as maybe,
      sum(electric) as electric, sum(electric_unknown) as electric_unknown, sum(ebikes) as ebikes, sum(absent) as absent
    from difference
    group by 1, 2
  ),
  summed as (
    select
      station_key, number,
      sum(own_known) over in_time as own_known, sum(own) over in_time as own, sum(types) over in_time as types,
      sum(types_unknown) over in_time as types_unknown, sum(maybe) over in_time as maybe, sum(electric) over in_time as electric,
      sum(electric_unknown) over in_time as electric_unknown, sum(ebikes) over in_time as ebikes, sum(absent) over in_time as absent
    from per_station
    window in_time as (partition by station_key order by number)
  ),
  -- As in station_current.
  told as (
    select
      station_key, number,
      case
        when absent > 0 then null
        when own_known > 0 then own
        when maybe > 0 or electric_unknown > 0 then null
        when electric > 0 then ebikes
        when types > 0 and types_unknown = 0 and exists (select from kind where is_electric) then 0
      end as ebikes
    from summed
  ),
  changed as (
    select
      number,
      coalesce(ebikes, 0) - coalesce(lag(ebikes) over in_time, 0) as ebikes,
      (ebikes is not null)::integer - (lag(ebikes) over in_time is not null)::integer as telling
    from told
    window in_time as (partition by station_key order by number)
  ),
  per_step as materialized (
    select number, sum(ebikes) as ebikes, sum(telling) as telling from changed group by 1
  ),
  totals as (
    select
      times.at,
      sum(coalesce(per_step.ebikes, 0)) over (order by times.number) as ebikes,
      sum(coalesce(per_step.telling, 0)) over (order by times.number) as telling
    from times
    left join per_step using (number)
  )
  select
    totals.at,
    case when is_seen and is_whole and telling > 0 then ebikes end::bigint,
    case when is_seen and is_whole then telling end::bigint
  from wanted
  cross join totals
  -- Until the last of the counts that retention has left of a lane, some are missing.
  cross join lateral (
    select not exists (
      select from dropped
      where dropped.to_at > totals.at and dropped.lane_number = width_bucket(totals.at, wanted.lane_starts)
    ) as is_whole
  ) as kept
  cross join lateral (
    select exists (select from seen where totals.at between seen.from_at and seen.to_at) as is_seen
  ) as of_time
$$;
