-- The schema api as commit 83a93fa made it, the first version that people have: its sql/views in order of use and its sql/roles.sql,
-- without comments. What packages/store/src/migrate/upgrade.test.ts upgrades. Never edited.
create schema api;
create view api.feed_coverage as
select
  system.system_id,
  feed.feed,
  coverage.from_at,
  coverage.to_at,
  coverage.polls,
  coverage.outcome
from velolog.coverage
join velolog.feed using (feed_key)
join velolog.system using (system_key);

create view api.feed_health as
select
  system.system_id,
  feed.feed,
  feed.last_fetched_at,
  feed.last_success_at,
  feed.last_updated,
  feed.ttl_seconds,
  age.seconds as age_seconds,
  coalesce(
    age.seconds > greatest(
      300,
      10 * feed.ttl_seconds,
      3 * feed.success_interval_seconds,
      case when feed.feed in ('gbfs', 'system_information', 'station_information') then 3 * 3600 end
    ),
    true
  ) as overdue,
  feed.consecutive_failures,
  feed.last_error,
  feed.stations_skipped
from velolog.feed
join velolog.system using (system_key)
cross join lateral (
  select extract(epoch from now() - feed.last_success_at)::double precision as seconds
) as age;

create function api.timezone_or_utc(name text) returns text
language plpgsql stable set search_path = pg_catalog
as $$
begin
  perform timestamptz 'epoch' at time zone name;
  return coalesce(name, 'UTC');
exception when invalid_parameter_value then
  return 'UTC';
end
$$;

create view api.observed_lane as
select
  system.system_id,
  system.system_key,
  feed.feed_key,
  lane.from_at,
  lane.to_at,
  coalesce(rolled.to_at, lane.from_at) as final_to_at,
  newest.observed_at as last_observed_at,
  not exists (
    select from velolog.observed_range as later where later.feed_key = lane.feed_key and later.from_at > lane.from_at
  ) as is_live
from velolog.system
join velolog.feed using (system_key)
join velolog.observed_range as lane using (feed_key)
left join velolog.rolled_range as rolled on rolled.feed_key = lane.feed_key and rolled.from_at = lane.from_at
left join lateral (
  select coverage.to_at as observed_at
  from velolog.coverage
  where coverage.feed_key = lane.feed_key
    and coverage.outcome = 'observed'
    and coverage.from_at between lane.from_at and lane.to_at
  order by coverage.from_at desc
  limit 1
) as newest on true
where feed.feed = 'station_status';

create function api.observed_runs(
  system_key integer, lane_from_at timestamptz, lane_to_at timestamptz, "from" timestamptz, "to" timestamptz,
  station_key integer default null
)
returns table (station_key integer, starts timestamptz[], ends timestamptz[])
language sql stable parallel safe cost 100000 rows 250
security definer set search_path = pg_catalog
as $$
  with status_feed as (
    select feed_key from velolog.feed where feed.system_key = $1 and feed.feed = 'station_status'
  ),
  of_system as materialized (
    select
      range_agg(tstzrange(span.from_at, span.to_at, '[]')) as runs,
      array_agg(span.from_at order by span.from_at) as starts,
      array_agg(span.to_at order by span.from_at) as ends
    from status_feed
    join velolog.coverage as span using (feed_key)
    where span.outcome = 'observed'
      and span.from_at between $2 and least($3, $5)
      and span.to_at >= $4
      and span.from_at >= coalesce((
        select max(earlier.from_at)
        from velolog.coverage as earlier
        where earlier.feed_key = status_feed.feed_key and earlier.from_at between $2 and $4
      ), $2)
  ),
  absent as (
    select absence.station_key, range_agg(tstzrange(absence.last_seen_at, coalesce(absence.to_at, 'infinity'), '()')) as pauses
    from velolog.station
    join velolog.station_absence as absence using (station_key)
    where station.system_key = $1
      and ($6 is null or station.station_key = $6)
      and absence.from_at between $2 and $3
      and absence.last_seen_at <= $5
      and coalesce(absence.to_at, 'infinity') >= $4
    group by absence.station_key
  ),
  of_absent as (
    select absent.station_key, own.starts, own.ends
    from absent
    cross join of_system
    cross join lateral (
      select array_agg(lower(run) order by run) as starts, array_agg(upper(run) order by run) as ends
      from unnest(of_system.runs - absent.pauses) as run
      where upper(run) >= $4 and lower(run) <= $5
    ) as own
  )
  select
    station.station_key,
    case when of_absent.station_key is null then of_system.starts else of_absent.starts end,
    case when of_absent.station_key is null then of_system.ends else of_absent.ends end
  from velolog.station
  cross join of_system
  left join of_absent using (station_key)
  where station.system_key = $1 and ($6 is null or station.station_key = $6)
$$;

create function api.station_hour_in(
  system_key integer, lane_from_at timestamptz, lane_to_at timestamptz, "from" timestamptz, "to" timestamptz,
  station_key integer default null
)
returns table (
  station_key integer, hour_at timestamptz,
  bikes_min smallint, bikes_max smallint, docks_min smallint, docks_max smallint,
  bikes_ms bigint, bikes_known_ms integer, docks_ms bigint, docks_known_ms integer,
  observed_ms integer, empty_ms integer, full_ms integer, closed_ms integer,
  arrivals integer, departures integer, largest_step smallint
)
language sql stable parallel safe cost 1000000 rows 1000
security definer set search_path = pg_catalog
as $$
  with run as materialized (
    select * from api.observed_runs($1, $2, $3, $4, $5, $6)
  ),
  report as materialized (
    select run.station_key, row_before_or_in.*
    from run
    cross join lateral (
      (
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_status
        where station_key = run.station_key and observed_at >= $2 and observed_at < $4
        order by observed_at desc
        limit 1
      )
      union
      (
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_status
        where station_key = run.station_key and observed_at >= $2 and observed_at < $4 and num_bikes_available is not null
        order by observed_at desc
        limit 1
      )
      union
      (
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_state
        where station_key = run.station_key and observed_at >= $2 and observed_at < $4
      )
      union all
      (
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_status
        where station_key = run.station_key and observed_at >= $4 and observed_at < $5 and observed_at between $2 and $3
      )
    ) as row_before_or_in
  ),
  lasting as (
    select
      station_key,
      observed_at,
      lead(observed_at, 1, 'infinity') over (partition by station_key order by observed_at) as next_at,
      num_bikes_available,
      num_docks_available,
      velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
    from report
  ),
  observed as (
    select
      lasting.station_key,
      lasting.num_bikes_available,
      lasting.num_docks_available,
      lasting.state,
      greatest(whole.from_at, $4) as from_at,
      least(whole.to_at, $5) as to_at,
      whole.to_at < lasting.next_at and whole.to_at < $5 as ends_with_a_poll
    from lasting
    join run using (station_key)
    cross join lateral generate_series(
      greatest(width_bucket(lasting.observed_at, run.starts), 1), width_bucket(least(lasting.next_at, $5), run.starts)
    ) as k
    cross join lateral (
      select greatest(lasting.observed_at, run.starts[k]) as from_at, least(lasting.next_at, run.ends[k]) as to_at
    ) as whole
    where whole.from_at < lasting.next_at
      and whole.from_at <= whole.to_at
      and whole.from_at < $5
      and (whole.to_at > $4 or whole.to_at = $4 and whole.to_at < lasting.next_at)
  ),
  in_hour as (
    select
      observed.station_key,
      hour_at,
      observed.num_bikes_available as bikes,
      observed.num_docks_available as docks,
      observed.state,
      round(date_part('epoch', least(observed.to_at, hour_at + interval '1 hour') - greatest(observed.from_at, hour_at)) * 1000)::integer as ms
    from observed
    cross join lateral generate_series(
      date_bin('1 hour', observed.from_at, 'epoch'), observed.to_at, interval '1 hour'
    ) as hour_at
    where hour_at < observed.to_at or observed.ends_with_a_poll
  ),
  lasted as (
    select
      station_key,
      hour_at,
      min(bikes) as bikes_min,
      max(bikes) as bikes_max,
      min(docks) as docks_min,
      max(docks) as docks_max,
      coalesce(sum(bikes::bigint * ms), 0)::bigint as bikes_ms,
      coalesce(sum(ms) filter (where bikes is not null), 0)::integer as bikes_known_ms,
      coalesce(sum(docks::bigint * ms), 0)::bigint as docks_ms,
      coalesce(sum(ms) filter (where docks is not null), 0)::integer as docks_known_ms,
      sum(ms)::integer as observed_ms,
      coalesce(sum(ms) filter (where state = 'empty'), 0)::integer as empty_ms,
      coalesce(sum(ms) filter (where state = 'full'), 0)::integer as full_ms,
      coalesce(sum(ms) filter (where state = 'closed'), 0)::integer as closed_ms
    from in_hour
    group by station_key, hour_at
  ),
  step as (
    select
      station_key,
      observed_at,
      num_bikes_available - lag(num_bikes_available) over (partition by station_key order by observed_at) as bikes_delta
    from report
    where num_bikes_available is not null
  ),
  moved as (
    select
      station_key,
      date_bin('1 hour', observed_at, 'epoch') as hour_at,
      coalesce(sum(bikes_delta) filter (where bikes_delta > 0), 0)::integer as arrivals,
      coalesce(-sum(bikes_delta) filter (where bikes_delta < 0), 0)::integer as departures,
      max(abs(bikes_delta))::smallint as largest_step
    from step
    where bikes_delta <> 0 and observed_at >= $4
    group by station_key, date_bin('1 hour', observed_at, 'epoch')
  )
  select
    lasted.*,
    coalesce(moved.arrivals, 0),
    coalesce(moved.departures, 0),
    coalesce(moved.largest_step, 0::smallint)
  from lasted
  left join moved using (station_key, hour_at)
$$;

create function api.station_hour_fresh(
  "from" timestamptz, "to" timestamptz, system_id text default null, station_id text default null
)
returns table (
  station_key integer, hour_at timestamptz,
  bikes_min smallint, bikes_mean double precision, bikes_max smallint,
  docks_min smallint, docks_mean double precision, docks_max smallint,
  observed_ms integer, empty_ms integer, full_ms integer, closed_ms integer,
  arrivals integer, departures integer, largest_step smallint
)
language sql stable parallel safe cost 2000000 rows 1000
security definer set search_path = pg_catalog
as $$
  with stretch as (
    select
      lane.system_key,
      station.station_key,
      lane.from_at as lane_from_at,
      lane.to_at as lane_to_at,
      part.from_at,
      least(part.to_at, date_bin('1 hour', $2, 'epoch') + interval '1 hour') as to_at
    from api.observed_lane as lane
    left join velolog.station on station.system_key = lane.system_key and station.station_id = $4
    cross join lateral (
      select date_bin('1 hour', lane.from_at + interval '1 hour - 1 microsecond', 'epoch') as at
    ) as first_whole_hour
    cross join lateral (
      select lane.from_at, first_whole_hour.at as to_at
      union all
      select greatest(lane.final_to_at, first_whole_hour.at), 'infinity'
    ) as part
    where ($3 is null or lane.system_id = $3)
      and ($4 is null or station.station_key is not null)
      and part.from_at < part.to_at
      and part.from_at < date_bin('1 hour', $2, 'epoch') + interval '1 hour'
      and part.to_at > $1
      and lane.to_at >= $1
  )
  select
    fresh.station_key,
    fresh.hour_at,
    min(fresh.bikes_min),
    sum(fresh.bikes_ms)::double precision / nullif(sum(fresh.bikes_known_ms), 0),
    max(fresh.bikes_max),
    min(fresh.docks_min),
    sum(fresh.docks_ms)::double precision / nullif(sum(fresh.docks_known_ms), 0),
    max(fresh.docks_max),
    sum(fresh.observed_ms)::integer,
    sum(fresh.empty_ms)::integer,
    sum(fresh.full_ms)::integer,
    sum(fresh.closed_ms)::integer,
    sum(fresh.arrivals)::integer,
    sum(fresh.departures)::integer,
    max(fresh.largest_step)
  from stretch
  cross join lateral api.station_hour_in(
    stretch.system_key, stretch.lane_from_at, stretch.lane_to_at, stretch.from_at, stretch.to_at, stretch.station_key
  ) as fresh
  where fresh.hour_at between $1 and $2
  group by fresh.station_key, fresh.hour_at
$$;

create view api.station_hour as
with hour as (
  select
    station_key, hour_at, bikes_min, bikes_mean, bikes_max, docks_min, docks_mean, docks_max,
    observed_ms, empty_ms, full_ms, closed_ms, arrivals, departures, largest_step
  from velolog.station_hour
  union all
  select
    fresh.station_key, fresh.hour_at, fresh.bikes_min, fresh.bikes_mean, fresh.bikes_max, fresh.docks_min, fresh.docks_mean, fresh.docks_max,
    fresh.observed_ms, fresh.empty_ms, fresh.full_ms, fresh.closed_ms, fresh.arrivals, fresh.departures, fresh.largest_step
  from velolog.system
  cross join lateral api.station_hour_fresh('-infinity', 'infinity', system.system_id) as fresh
)
select
  system.system_id,
  station.station_id,
  station.name,
  hour.hour_at,
  hour.bikes_min,
  hour.bikes_mean,
  hour.bikes_max,
  hour.docks_min,
  hour.docks_mean,
  hour.docks_max,
  hour.empty_ms::double precision / nullif(hour.observed_ms, 0) as empty_share,
  hour.full_ms::double precision / nullif(hour.observed_ms, 0) as full_share,
  hour.closed_ms::double precision / nullif(hour.observed_ms, 0) as closed_share,
  hour.observed_ms / 3600000::double precision as observed_share,
  hour.arrivals,
  hour.departures,
  hour.largest_step::integer
from hour
join velolog.station using (station_key)
join velolog.system using (system_key);

create view api.station as
with newest as materialized (
  select feed.system_key, spans.observed_at
  from velolog.feed
  cross join lateral (
    select coverage.to_at as observed_at
    from velolog.coverage
    where coverage.feed_key = feed.feed_key and coverage.outcome = 'observed'
    order by coverage.from_at desc
    limit 1
  ) as spans
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
  case
    when state.station_key is not null then coalesce(absence.last_seen_at, newest.observed_at)
    when station.first_observed_at is not null then (
      select coalesce(
        (
          select max(gone.last_seen_at) from velolog.station_absence as gone
          where gone.station_key = station.station_key and gone.to_at is null and gone.from_at > newest_row.observed_at
        ),
        (
          select lane.last_observed_at from api.observed_lane as lane
          where lane.system_key = station.system_key and newest_row.observed_at between lane.from_at and lane.to_at
        ),
        (select max(spell.to_at) from velolog.station_spell as spell where spell.station_key = station.station_key)
      )
      from (
        select max(station_status.observed_at) as observed_at
        from velolog.station_status
        where station_status.station_key = station.station_key
      ) as newest_row
    )
  end as last_observed_at
from velolog.station
join velolog.system using (system_key)
left join velolog.station_state as state using (station_key)
left join velolog.station_absence as absence
  on absence.station_key = station.station_key
  and absence.to_at is null
  and absence.from_at > state.observed_at
left join newest using (system_key);

create view api.flow_balance as
with local_system as materialized (
  select system_id, api.timezone_or_utc(timezone) as timezone from velolog.system
),
of_day as (
  select
    hour.system_id,
    hour.station_id,
    (hour.hour_at at time zone local_system.timezone)::date as day,
    local_system.timezone,
    sum(hour.arrivals)::integer as arrivals,
    sum(hour.departures)::integer as departures,
    max(hour.largest_step) as largest_step,
    sum(hour.observed_share) * 3600 as observed_seconds
  from api.station_hour as hour
  join local_system using (system_id)
  group by hour.system_id, hour.station_id, local_system.timezone, (hour.hour_at at time zone local_system.timezone)::date
)
select
  of_day.system_id,
  of_day.station_id,
  station.name,
  station.lat,
  station.lon,
  of_day.day,
  of_day.arrivals,
  of_day.departures,
  of_day.arrivals - of_day.departures as net,
  of_day.largest_step,
  greatest(
    date_part(
      'epoch',
      least(station.last_observed_at, (of_day.day + 1)::timestamp at time zone of_day.timezone)
      - greatest(station.first_observed_at, of_day.day::timestamp at time zone of_day.timezone)
    ) - of_day.observed_seconds,
    0
  ) as gap_seconds
from of_day
join api.station using (system_id, station_id);

create function api.station_hour_between(
  "from" timestamptz, "to" timestamptz, system_id text default null, station_id text default null
)
returns table (
  system_id text, station_id text, name text, hour_at timestamptz,
  bikes_min smallint, bikes_mean double precision, bikes_max smallint,
  docks_min smallint, docks_mean double precision, docks_max smallint,
  empty_share double precision, full_share double precision, closed_share double precision, observed_share double precision,
  arrivals integer, departures integer, largest_step integer
)
language sql stable parallel safe cost 2000000 rows 6000
security definer set search_path = pg_catalog
as $$
  with hour as (
    select
      station_key, hour_at, bikes_min, bikes_mean, bikes_max, docks_min, docks_mean, docks_max,
      observed_ms, empty_ms, full_ms, closed_ms, arrivals, departures, largest_step
    from velolog.station_hour
    where $4 is null
      and system_key = any (array(select system_key from velolog.system where $3 is null or system_id = $3))
      and hour_at between $1 and $2
    union all
    select
      station_key, hour_at, bikes_min, bikes_mean, bikes_max, docks_min, docks_mean, docks_max,
      observed_ms, empty_ms, full_ms, closed_ms, arrivals, departures, largest_step
    from velolog.station_hour
    where $4 is not null
      and station_key = any (array(
        select station.station_key
        from velolog.station
        join velolog.system using (system_key)
        where station.station_id = $4 and ($3 is null or system.system_id = $3)
      ))
      and hour_at between $1 and $2
    union all
    select * from api.station_hour_fresh($1, $2, $3, $4)
  )
  select
    system.system_id,
    station.station_id,
    station.name,
    hour.hour_at,
    hour.bikes_min,
    hour.bikes_mean,
    hour.bikes_max,
    hour.docks_min,
    hour.docks_mean,
    hour.docks_max,
    hour.empty_ms::double precision / nullif(hour.observed_ms, 0) as empty_share,
    hour.full_ms::double precision / nullif(hour.observed_ms, 0) as full_share,
    hour.closed_ms::double precision / nullif(hour.observed_ms, 0) as closed_share,
    hour.observed_ms / 3600000::double precision as observed_share,
    hour.arrivals,
    hour.departures,
    hour.largest_step::integer
  from hour
  join velolog.station using (station_key)
  join velolog.system using (system_key)
$$;

create function api.flow_balance_between("from" timestamptz, "to" timestamptz, system_id text default null)
returns table (
  system_id text, station_id text, name text, lat double precision, lon double precision,
  arrivals integer, departures integer, net integer, largest_step integer, gap_seconds double precision
)
language sql stable parallel safe
security definer set search_path = pg_catalog
as $$
  with bounds as (
    select
      $1 as from_at,
      $2 + interval '1 microsecond' as to_at,
      date_bin('1 hour', $1 + interval '1 hour - 1 microsecond', 'epoch') as first_hour_at,
      date_bin('1 hour', $2 + interval '1 microsecond', 'epoch') as after_last_hour_at
  ),
  edge as (
    select from_at, least(first_hour_at, to_at) as to_at from bounds where from_at < first_hour_at
    union all
    select greatest(after_last_hour_at, from_at), to_at from bounds
    where after_last_hour_at >= first_hour_at and after_last_hour_at < to_at
  ),
  part as (
    select hour.system_id, hour.station_id, hour.arrivals, hour.departures, hour.largest_step, hour.observed_share * 3600 as observed_seconds
    from bounds
    cross join lateral api.station_hour_between(first_hour_at, after_last_hour_at - interval '1 microsecond', $3) as hour
    union all
    select lane.system_id, station.station_id, hour.arrivals, hour.departures, hour.largest_step, hour.observed_ms / 1000::double precision
    from edge
    join api.observed_lane as lane on lane.from_at < edge.to_at and lane.to_at >= edge.from_at
    cross join lateral api.station_hour_in(lane.system_key, lane.from_at, lane.to_at, edge.from_at, edge.to_at) as hour
    join velolog.station using (station_key)
    where $3 is null or lane.system_id = $3
  ),
  of_window as (
    select
      part.system_id,
      part.station_id,
      sum(part.arrivals)::integer as arrivals,
      sum(part.departures)::integer as departures,
      max(part.largest_step)::integer as largest_step,
      sum(part.observed_seconds) as observed_seconds
    from part
    group by part.system_id, part.station_id
  )
  select
    of_window.system_id,
    of_window.station_id,
    station.name,
    station.lat,
    station.lon,
    of_window.arrivals,
    of_window.departures,
    of_window.arrivals - of_window.departures,
    of_window.largest_step,
    greatest(
      date_part('epoch', least(station.last_observed_at, $2) - greatest(station.first_observed_at, $1))
      - of_window.observed_seconds,
      0
    )
  from of_window
  join api.station using (system_id, station_id)
$$;

create view api.gap as
select
  system.system_id,
  feed.feed_key,
  span.from_at as ended_at,
  extract(epoch from span.from_at - previous.to_at) as seconds
from velolog.system
join velolog.feed using (system_key)
join velolog.coverage as span using (feed_key)
cross join lateral (
  select coverage.to_at
  from velolog.coverage
  where coverage.feed_key = span.feed_key and coverage.outcome = 'observed' and coverage.from_at < span.from_at
  order by coverage.from_at desc
  limit 1
) as previous
where feed.feed = 'station_status' and span.outcome = 'observed';

create function api.gap_seconds(
  a timestamptz, b timestamptz,
  starts timestamptz[], unobserved_seconds double precision[], returns timestamptz[], absent_seconds double precision[]
) returns double precision
language sql immutable parallel safe
return
  case
    when starts is null then 0
    else coalesce(unobserved_seconds[width_bucket(b, starts)], 0) - coalesce(unobserved_seconds[width_bucket(a, starts)], 0)
  end
  + case
    when returns is null then 0
    else coalesce(absent_seconds[width_bucket(b, returns)], 0) - coalesce(absent_seconds[width_bucket(a, returns)], 0)
  end;

create view api.known_absence as
select
  absence.station_key,
  absence.from_at,
  absence.to_at as ended_at,
  extract(epoch from absence.to_at - absence.last_seen_at) - coalesce(within.seconds, 0) as seconds
from velolog.station_absence as absence
join velolog.station using (station_key)
join velolog.feed on feed.system_key = station.system_key and feed.feed = 'station_status'
left join lateral (
  select sum(gap.seconds) as seconds
  from api.gap
  where gap.feed_key = feed.feed_key and gap.ended_at > absence.last_seen_at and gap.ended_at <= absence.to_at
) as within on true
where absence.to_at is not null;

create view api.known_report as
select station_key, observed_at, num_bikes_available, num_docks_available
from velolog.station_status
where num_bikes_available is not null or num_docks_available is not null;

create view api.known_station as
select
  system.system_id,
  feed.feed_key,
  station.station_key,
  station.station_id,
  station.name,
  station.lat,
  station.lon
from velolog.system
join velolog.station using (system_key)
join velolog.feed on feed.system_key = system.system_key and feed.feed = 'station_status';

create view api.observation as
select
  system_id,
  array_agg(ended_at order by ended_at) as starts,
  array_agg(unobserved_seconds order by ended_at) as unobserved_seconds
from (
  select
    system_id,
    ended_at,
    (sum(seconds) over (partition by system_id order by ended_at))::double precision as unobserved_seconds
  from api.gap
) as steps
group by system_id;

create view api.observation_of_station as
select
  system.system_id,
  station.station_key,
  station.station_id,
  station.name,
  station.lat,
  station.lon,
  observation.starts,
  observation.unobserved_seconds,
  absent.returns,
  absent.absent_seconds
from velolog.station
join velolog.system using (system_key)
left join api.observation using (system_id)
cross join lateral (
  select
    array_agg(ended_at order by ended_at) as returns,
    array_agg(absent_seconds order by ended_at) as absent_seconds
  from (
    select ended_at, (sum(seconds) over (order by ended_at))::double precision as absent_seconds
    from api.known_absence
    where known_absence.station_key = station.station_key
  ) as absences
) as absent;

create function api.station_spell_in(
  system_key integer, lane_from_at timestamptz, lane_to_at timestamptz, "from" timestamptz, "to" timestamptz,
  station_key integer default null
)
returns table (
  station_key integer, state text, from_at timestamptz, to_at timestamptz, start_observed boolean, end_observed boolean
)
language sql stable parallel safe cost 1000000 rows 500
security definer set search_path = pg_catalog
as $$
  select
    run.station_key,
    change.state,
    greatest(spell.from_at, $4),
    least(spell.to_at, $5),
    case when spell.from_at >= $4 then spell.from_at > run.starts[k] and change.previous_state is not null end,
    case when spell.to_at < $5 then spell.to_at = change.next_at end
  from api.observed_runs($1, $2, $3, $4, $5, $6) as run
  cross join lateral (
    select
      report.observed_at,
      report.state,
      report.previous_state,
      lead(report.observed_at, 1, 'infinity') over (order by report.observed_at) as next_at
    from (
      select observed_at, state, lag(state) over (order by observed_at) as previous_state
      from (
        (
          select observed_at, velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
          from velolog.station_status
          where station_key = run.station_key and observed_at >= $2 and observed_at < $4
          order by observed_at desc
          limit 1
        )
        union all
        (
          select observed_at, velolog.station_state_of(num_bikes_available, num_docks_available, flags)
          from velolog.station_state
          where station_key = run.station_key and observed_at >= $2 and observed_at < $4
        )
        union all
        (
          select observed_at, velolog.station_state_of(num_bikes_available, num_docks_available, flags)
          from velolog.station_status
          where station_key = run.station_key and observed_at >= $4 and observed_at < $5 and observed_at between $2 and $3
        )
      ) as row_before_and_rows_in
    ) as report
    where report.previous_state is distinct from report.state
  ) as change
  cross join lateral generate_series(
    greatest(width_bucket(change.observed_at, run.starts), 1), width_bucket(least(change.next_at, $5), run.starts)
  ) as k
  cross join lateral (
    select greatest(change.observed_at, run.starts[k]) as from_at, least(change.next_at, run.ends[k]) as to_at
  ) as spell
  where spell.from_at < change.next_at
    and spell.from_at <= spell.to_at
    and spell.from_at < $5
    and spell.to_at >= $4
$$;

create view api.station_spell as
with spell as (
  select station_key, state, from_at, to_at, start_observed, end_observed, false as is_open
  from velolog.station_spell
  where end_observed is not null
  union all
  select
    fresh.station_key,
    fresh.state,
    coalesce(going_on.from_at, fresh.from_at),
    fresh.to_at,
    coalesce(going_on.start_observed, fresh.start_observed, false),
    fresh.end_observed,
    lane.is_live and not fresh.end_observed and fresh.to_at = lane.last_observed_at
  from api.observed_lane as lane
  cross join lateral api.station_spell_in(
    lane.system_key, lane.from_at, lane.to_at, lane.final_to_at, 'infinity'
  ) as fresh
  left join velolog.station_spell as going_on
    on going_on.station_key = fresh.station_key
    and going_on.end_observed is null
    and going_on.to_at = lane.final_to_at
    and fresh.start_observed is null
)
select
  system.system_id,
  station.station_id,
  station.name,
  station.lat,
  station.lon,
  spell.state,
  spell.from_at,
  case when not spell.is_open then spell.to_at end as to_at,
  spell.is_open,
  date_part('epoch', spell.to_at - spell.from_at) as duration_seconds,
  spell.start_observed,
  spell.end_observed
from spell
join velolog.station using (station_key)
join velolog.system using (system_key);

create view api.outage_episode as
select
  system_id,
  station_id,
  name,
  lat,
  lon,
  state,
  from_at,
  to_at,
  is_open,
  duration_seconds,
  start_observed,
  end_observed
from api.station_spell
where state <> 'ok';

create function api.station_spell_between(
  "from" timestamptz, "to" timestamptz, system_id text default null, station_id text default null
)
returns table (
  system_id text, station_id text, name text, lat double precision, lon double precision,
  state text, from_at timestamptz, to_at timestamptz, is_open boolean, duration_seconds double precision,
  start_observed boolean, end_observed boolean
)
language sql stable parallel safe cost 2000000 rows 2000
security definer set search_path = pg_catalog
as $$
  with wanted as materialized (
    select system.system_id, station.system_key, station.station_key, station.station_id, station.name, station.lat, station.lon
    from velolog.system
    join velolog.station using (system_key)
    where ($3 is null or system.system_id = $3) and ($4 is null or station.station_id = $4)
  ),
  fresh as materialized (
    select
      fresh.station_key,
      fresh.state,
      coalesce(going_on.from_at, fresh.from_at) as from_at,
      fresh.to_at,
      coalesce(going_on.start_observed, fresh.start_observed, false) as start_observed,
      fresh.end_observed,
      lane.is_live and not fresh.end_observed and fresh.to_at = lane.last_observed_at as is_open
    from (select distinct system_key, case when $4 is not null then station_key end as station_key from wanted) as of_system
    join api.observed_lane as lane using (system_key)
    cross join lateral api.station_spell_in(
      lane.system_key, lane.from_at, lane.to_at, lane.final_to_at, 'infinity', of_system.station_key
    ) as fresh
    left join velolog.station_spell as going_on
      on going_on.station_key = fresh.station_key
      and going_on.end_observed is null
      and going_on.to_at = lane.final_to_at
      and fresh.start_observed is null
    where lane.to_at >= $1
  ),
  spell as (
    select wanted.*, rolled.*, false as is_open
    from wanted
    cross join lateral (
      (
        select state, from_at, to_at, start_observed, end_observed
        from velolog.station_spell
        where station_key = wanted.station_key and from_at < $1
        order by from_at desc
        limit 1
      )
      union all
      (
        select state, from_at, to_at, start_observed, end_observed
        from velolog.station_spell
        where station_key = wanted.station_key and from_at between $1 and $2
      )
    ) as rolled
    where rolled.end_observed is not null and rolled.to_at >= $1
    union all
    select wanted.*, fresh.state, fresh.from_at, fresh.to_at, fresh.start_observed, fresh.end_observed, fresh.is_open
    from fresh
    join wanted using (station_key)
    where fresh.to_at >= $1 and fresh.from_at <= $2
  )
  select
    system_id,
    station_id,
    name,
    lat,
    lon,
    state,
    from_at,
    case when not is_open then to_at end,
    is_open,
    date_part('epoch', to_at - from_at),
    start_observed,
    end_observed
  from spell
$$;

create function api.outage_episode_between(
  "from" timestamptz, "to" timestamptz, system_id text default null, station_id text default null
)
returns table (
  system_id text, station_id text, name text, lat double precision, lon double precision,
  state text, from_at timestamptz, to_at timestamptz, is_open boolean, duration_seconds double precision,
  start_observed boolean, end_observed boolean
)
language sql stable parallel safe
begin atomic
  select * from api.station_spell_between("from", "to", system_id, station_id) as spell where spell.state <> 'ok';
end;

create view api.profile_weekly as
with local_system as materialized (
  select
    system.system_id,
    api.timezone_or_utc(system.timezone) as timezone,
    max(lane.last_observed_at) - interval '56 days' as since_at
  from velolog.system
  join api.observed_lane as lane using (system_key)
  group by system.system_id, system.timezone
)
select
  hour.system_id,
  hour.station_id,
  hour.name,
  date_part('isodow', local.hour_at)::integer as weekday,
  date_part('hour', local.hour_at)::integer as hour,
  sum(hour.bikes_mean * hour.observed_share) / nullif(sum(hour.observed_share) filter (where hour.bikes_mean is not null), 0) as bikes_mean,
  sum(hour.docks_mean * hour.observed_share) / nullif(sum(hour.observed_share) filter (where hour.docks_mean is not null), 0) as docks_mean,
  sum(hour.empty_share * hour.observed_share) / nullif(sum(hour.observed_share), 0) as empty_share,
  sum(hour.full_share * hour.observed_share) / nullif(sum(hour.observed_share), 0) as full_share,
  sum(hour.observed_share) as hours_observed
from local_system
join api.station_hour as hour using (system_id)
cross join lateral (select hour.hour_at at time zone local_system.timezone as hour_at) as local
where hour.hour_at > local_system.since_at
group by hour.system_id, hour.station_id, hour.name, date_part('isodow', local.hour_at), date_part('hour', local.hour_at);

create function api.profile_weekly_of(system_id text, station_id text)
returns table (
  system_id text, station_id text, name text, weekday integer, hour integer,
  bikes_mean double precision, docks_mean double precision,
  empty_share double precision, full_share double precision, hours_observed double precision
)
language sql stable
security definer set search_path = pg_catalog
as $$
  with local_system as materialized (
    select api.timezone_or_utc(system.timezone) as timezone, max(lane.last_observed_at) - interval '56 days' as since_at
    from velolog.system
    join api.observed_lane as lane using (system_key)
    where system.system_id = $1
    group by system.timezone
  )
  select
    hour.system_id,
    hour.station_id,
    hour.name,
    date_part('isodow', local.hour_at)::integer as weekday,
    date_part('hour', local.hour_at)::integer as hour,
    sum(hour.bikes_mean * hour.observed_share) / nullif(sum(hour.observed_share) filter (where hour.bikes_mean is not null), 0),
    sum(hour.docks_mean * hour.observed_share) / nullif(sum(hour.observed_share) filter (where hour.docks_mean is not null), 0),
    sum(hour.empty_share * hour.observed_share) / nullif(sum(hour.observed_share), 0),
    sum(hour.full_share * hour.observed_share) / nullif(sum(hour.observed_share), 0),
    sum(hour.observed_share)
  from local_system
  cross join lateral api.station_hour_between(local_system.since_at, 'infinity', $1, $2) as hour
  cross join lateral (select hour.hour_at at time zone local_system.timezone as hour_at) as local
  where hour.hour_at > local_system.since_at
  group by hour.system_id, hour.station_id, hour.name, date_part('isodow', local.hour_at), date_part('hour', local.hour_at)
$$;

create function api.sla_compliance_between(
  from_day date, to_day date, system_id text default null,
  from_hour integer default 6, to_hour integer default 22, tolerated_minutes integer default 10
)
returns table (
  system_id text, station_id text, name text, day date,
  minutes_observed double precision, minutes_in_target double precision, compliance double precision,
  longest_outage_minutes double precision, outages_over_tolerance integer
)
language sql stable
security definer set search_path = pg_catalog
as $$
  with service_time as (
    select opens_after, closes_after, greatest(closes_after - interval '24 hours', interval '0') as past_midnight
    from (
      select
        make_time($4, 0, 0)::interval as opens_after,
        make_time($5, 0, 0)::interval + ($5 <= $4)::integer * interval '24 hours' as closes_after
    ) as clock
  ),
  local_system as materialized (
    select
      system.system_id,
      api.timezone_or_utc(system.timezone) as timezone,
      observed.first_at,
      observed.last_at
    from velolog.system
    cross join lateral (
      select min(lane.from_at) as first_at, max(lane.last_observed_at) as last_at
      from api.observed_lane as lane
      where lane.system_key = system.system_key
    ) as observed
    where ($3 is null or system.system_id = $3)
      and observed.last_at is not null
  ),
  service as materialized (
    select
      local_system.system_id,
      local_system.timezone,
      service_time.past_midnight,
      array_agg(hours.day order by hours.day) as days,
      array_agg(hours.opens_at order by hours.day) as opens_at,
      array_agg(hours.closes_at order by hours.day) as closes_at
    from local_system
    cross join service_time
    cross join lateral (
      select
        midnight::date as day,
        (midnight + service_time.opens_after) at time zone local_system.timezone as opens_at,
        (midnight + service_time.closes_after) at time zone local_system.timezone as closes_at
      from generate_series(
        greatest($1, (local_system.first_at at time zone local_system.timezone - service_time.past_midnight)::date)::timestamp,
        least($2, (local_system.last_at at time zone local_system.timezone)::date)::timestamp,
        interval '1 day'
      ) as midnight
    ) as hours
    group by local_system.system_id, local_system.timezone, service_time.past_midnight
  ),
  in_service as (
    select
      service.system_id,
      spell.station_id,
      number,
      spell.state <> 'ok' as is_outage,
      served.from_at,
      served.to_at,
      spell.from_at + make_interval(mins => $6) as tolerated_to_at
    from service
    cross join lateral api.station_spell_between(
      service.opens_at[1], service.closes_at[cardinality(service.closes_at)], service.system_id
    ) as spell
    cross join lateral (
      select spell.from_at + spell.duration_seconds * interval '1 second' as at
    ) as seen_to
    cross join lateral generate_series(
      greatest(width_bucket(spell.from_at, service.opens_at), 1), width_bucket(seen_to.at, service.opens_at)
    ) as number
    cross join lateral (
      select greatest(spell.from_at, service.opens_at[number]) as from_at, least(seen_to.at, service.closes_at[number]) as to_at
    ) as served
    where served.from_at < served.to_at
  ),
  of_day as (
    select
      system_id,
      station_id,
      number,
      sum(date_part('epoch', to_at - from_at)) as observed_seconds,
      sum(date_part('epoch', to_at - greatest(from_at, tolerated_to_at)))
        filter (where is_outage and tolerated_to_at < to_at) as missed_seconds,
      max(date_part('epoch', to_at - from_at)) filter (where is_outage) as longest_seconds,
      count(*) filter (where is_outage and tolerated_to_at < to_at) as outages
    from in_service
    group by system_id, station_id, number
  )
  select
    station.system_id,
    station.station_id,
    station.name,
    service.days[number],
    coalesce(of_day.observed_seconds, 0) / 60,
    (coalesce(of_day.observed_seconds, 0) - coalesce(of_day.missed_seconds, 0)) / 60,
    (of_day.observed_seconds - coalesce(of_day.missed_seconds, 0)) / nullif(of_day.observed_seconds, 0),
    coalesce(of_day.longest_seconds, 0) / 60,
    coalesce(of_day.outages, 0)::integer
  from service
  join api.station using (system_id)
  cross join lateral generate_series(1, cardinality(service.days)) as number
  left join of_day using (system_id, station_id, number)
  where service.days[number] between (station.first_observed_at at time zone service.timezone - service.past_midnight)::date
    and (station.last_observed_at at time zone service.timezone)::date
$$;

create view api.sla_compliance as
select compliance.*
from velolog.system
cross join lateral api.sla_compliance_between('-infinity', 'infinity', system.system_id) as compliance;

create view api.station_change as
with known as (
  select
    station_key,
    observed_at,
    num_bikes_available,
    num_docks_available,
    lag(observed_at) over per_station as prev_observed_at,
    lag(num_bikes_available) over per_station as prev_num_bikes_available,
    lag(num_docks_available) over per_station as prev_num_docks_available
  from api.known_report
  window per_station as (partition by station_key order by observed_at)
)
select
  station.system_id,
  station.station_id,
  station.name,
  station.lat,
  station.lon,
  known.observed_at,
  known.prev_observed_at,
  known.num_bikes_available,
  known.prev_num_bikes_available,
  known.num_bikes_available - known.prev_num_bikes_available as bikes_delta,
  known.num_docks_available,
  known.prev_num_docks_available,
  known.num_docks_available - known.prev_num_docks_available as docks_delta,
  api.gap_seconds(
    known.prev_observed_at, known.observed_at,
    station.starts, station.unobserved_seconds, station.returns, station.absent_seconds
  ) as gap_seconds
from known
join api.observation_of_station as station using (station_key)
where known.prev_observed_at is not null
  and (known.num_bikes_available, known.num_docks_available)
    is distinct from (known.prev_num_bikes_available, known.prev_num_docks_available);

create function api.station_change_between("from" timestamptz, "to" timestamptz, system_id text default null)
returns table (
  system_id text, station_id text, name text, lat double precision, lon double precision,
  observed_at timestamptz, prev_observed_at timestamptz,
  num_bikes_available smallint, prev_num_bikes_available smallint, bikes_delta integer,
  num_docks_available smallint, prev_num_docks_available smallint, docks_delta integer,
  gap_seconds double precision
)
language sql stable parallel safe
as $$
  select
    station.system_id,
    station.station_id,
    station.name,
    station.lat,
    station.lon,
    known.observed_at,
    known.prev_observed_at,
    known.num_bikes_available,
    known.prev_num_bikes_available,
    known.num_bikes_available - known.prev_num_bikes_available,
    known.num_docks_available,
    known.prev_num_docks_available,
    known.num_docks_available - known.prev_num_docks_available,
    api.gap_seconds(
      known.prev_observed_at, known.observed_at,
      observation.starts, observation.unobserved_seconds, absence.returns, absence.absent_seconds
    )
    + case when known.prev_observed_at < $1 then gap_before.seconds else 0 end
  from api.known_station as station
  left join lateral (
    select observed_at, num_bikes_available, num_docks_available
    from api.known_report
    where known_report.station_key = station.station_key and known_report.observed_at < $1
    order by observed_at desc
    limit 1
  ) as before on true
  cross join lateral (
    select
      report.observed_at,
      report.num_bikes_available,
      report.num_docks_available,
      lag(report.observed_at, 1, before.observed_at) over in_time as prev_observed_at,
      lag(report.num_bikes_available, 1, before.num_bikes_available) over in_time as prev_num_bikes_available,
      lag(report.num_docks_available, 1, before.num_docks_available) over in_time as prev_num_docks_available
    from api.known_report as report
    where report.station_key = station.station_key and report.observed_at between $1 and $2
    window in_time as (order by report.observed_at)
  ) as known
  left join (
    select
      gap_within.system_id,
      array_agg(ended_at order by ended_at) as starts,
      array_agg(unobserved_seconds order by ended_at) as unobserved_seconds
    from (
      select
        gap.system_id,
        gap.ended_at,
        (sum(gap.seconds) over (partition by gap.system_id order by gap.ended_at))::double precision as unobserved_seconds
      from api.gap
      where gap.ended_at > $1 and gap.ended_at <= $2
    ) as gap_within
    group by gap_within.system_id
  ) as observation on observation.system_id = station.system_id
  cross join lateral (
    select coalesce(sum(gap.seconds), 0)::double precision as seconds
    from api.gap
    where gap.feed_key = station.feed_key and gap.ended_at > before.observed_at and gap.ended_at <= $1
  ) as gap_before
  cross join lateral (
    select
      array_agg(ended_at order by ended_at) as returns,
      array_agg(absent_seconds order by ended_at) as absent_seconds
    from (
      select ended_at, (sum(seconds) over (order by ended_at))::double precision as absent_seconds
      from api.known_absence
      where known_absence.station_key = station.station_key
        and known_absence.from_at > coalesce(before.observed_at, $1) and known_absence.from_at <= $2
    ) as absences
  ) as absence
  where ($3 is null or station.system_id = $3)
    and known.prev_observed_at is not null
    and (known.num_bikes_available, known.num_docks_available)
      is distinct from (known.prev_num_bikes_available, known.prev_num_docks_available)
$$;

create function api.station_change_since(system_id text, since timestamptz)
returns table (
  station_id text, name text, lat double precision, lon double precision,
  observed_at timestamptz, prev_observed_at timestamptz,
  num_bikes_available smallint, prev_num_bikes_available smallint, bikes_delta integer,
  num_docks_available smallint, prev_num_docks_available smallint, docks_delta integer,
  gap_seconds double precision
)
language sql stable parallel safe
security definer set search_path = pg_catalog
begin atomic
  select
    station.station_id,
    station.name,
    station.lat,
    station.lon,
    known.observed_at,
    known.prev_observed_at,
    known.num_bikes_available,
    known.prev_num_bikes_available,
    known.num_bikes_available - known.prev_num_bikes_available,
    known.num_docks_available,
    known.prev_num_docks_available,
    known.num_docks_available - known.prev_num_docks_available,
    api.gap_seconds(
      known.prev_observed_at, known.observed_at,
      station.starts, station.unobserved_seconds, station.returns, station.absent_seconds
    )
  from api.observation_of_station as station
  join velolog.station_state as state using (station_key)
  left join lateral (
    select observed_at, num_bikes_available, num_docks_available
    from api.known_report
    where known_report.station_key = station.station_key and known_report.observed_at <= $2
    order by observed_at desc
    limit 1
  ) as before on true
  cross join lateral (
    select
      report.observed_at,
      report.num_bikes_available,
      report.num_docks_available,
      lag(report.observed_at, 1, before.observed_at) over in_time as prev_observed_at,
      lag(report.num_bikes_available, 1, before.num_bikes_available) over in_time as prev_num_bikes_available,
      lag(report.num_docks_available, 1, before.num_docks_available) over in_time as prev_num_docks_available
    from api.known_report as report
    where report.station_key = station.station_key and report.observed_at > $2
    window in_time as (order by report.observed_at)
  ) as known
  where station.system_id = $1
    and state.observed_at > $2
    and known.prev_observed_at is not null
    and (known.num_bikes_available, known.num_docks_available)
      is distinct from (known.prev_num_bikes_available, known.prev_num_docks_available);
end;

create function api.station_counts_between("from" timestamptz, "to" timestamptz, system_id text, step_seconds integer default 0)
returns table (station_id text, observed_at timestamptz, num_bikes_available smallint, num_docks_available smallint)
language sql stable parallel safe
security definer set search_path = pg_catalog
as $$
  with member as materialized (
    select station.station_key, station.station_id
    from velolog.system
    join velolog.station using (system_key)
    join velolog.station_state using (station_key)
    where system.system_id = $3
  ),
  report as (
    select member.station_key, status.observed_at, status.num_bikes_available, status.num_docks_available, false as is_absence
    from member
    cross join lateral (
      (
        select observed_at, num_bikes_available, num_docks_available
        from velolog.station_status
        where station_status.station_key = member.station_key and observed_at <= $1
        order by observed_at desc
        limit 1
      )
      union all
      (
        select observed_at, num_bikes_available, num_docks_available
        from velolog.station_status
        where station_status.station_key = member.station_key and observed_at > $1 and observed_at <= $2
      )
    ) as status
  ),
  absence as (
    select gone.station_key, gone.from_at, gone.to_at
    from velolog.station_absence as gone
    join member using (station_key)
    where gone.from_at <= $2 and (gone.to_at is null or gone.to_at > $1)
  ),
  point as (
    select station_key, observed_at, num_bikes_available, num_docks_available, 0 as kind from report
    union all
    select station_key, from_at, null, null, 1 from absence
    union all
    select station_key, to_at, null, null, 2 from absence where to_at <= $2
  ),
  numbered as (
    select *, count(*) filter (where kind = 0) over (partition by station_key order by observed_at, kind desc) as report_number
    from point
  ),
  filled as (
    select
      station_key,
      observed_at,
      kind,
      case when kind <> 1 then first_value(num_bikes_available) over same_report end as num_bikes_available,
      case when kind <> 1 then first_value(num_docks_available) over same_report end as num_docks_available
    from numbered
    window same_report as (partition by station_key, report_number order by kind)
  ),
  thinned as (
    select distinct on (station_key, moment)
      station_key, greatest(observed_at, $1) as observed_at, num_bikes_available, num_docks_available
    from (
      select
        *,
        case
          when observed_at <= $1 then '-infinity'::timestamptz
          when $4 > 0 then date_bin($4 * interval '1 second', observed_at, $1)
          else observed_at
        end as moment
      from filled
    ) as timed
    order by station_key, moment, timed.observed_at desc, kind
  ),
  compared as (
    select
      *,
      lag((num_bikes_available, num_docks_available)) over (partition by station_key order by observed_at) as before
    from thinned
  )
  select member.station_id, compared.observed_at, compared.num_bikes_available, compared.num_docks_available
  from compared
  join member using (station_key)
  where compared.before is distinct from (compared.num_bikes_available, compared.num_docks_available)
  order by compared.observed_at, member.station_id collate "C"
$$;

create view api.station_current as
with newest as materialized (
  select feed.system_key, spans.observed_at
  from velolog.feed
  cross join lateral (
    select coverage.to_at as observed_at
    from velolog.coverage
    where coverage.feed_key = feed.feed_key and coverage.outcome = 'observed'
    order by coverage.from_at desc
    limit 1
  ) as spans
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
  extract(epoch from now() - coalesce(absence.last_seen_at, newest.observed_at))::double precision as age_seconds
from velolog.station_state as state
join velolog.station using (station_key)
join velolog.system using (system_key)
join newest using (system_key)
left join velolog.station_absence as absence
  on absence.station_key = state.station_key
  and absence.to_at is null
  and absence.from_at > state.observed_at;

create function api.station_current_since(system_id text, since timestamptz)
returns setof api.station_current
language sql stable parallel safe
security definer set search_path = pg_catalog
begin atomic
  select current.*
  from api.station_current as current
  where current.system_id = $1
    and current.station_id in (
      select station.station_id
      from velolog.system
      join velolog.station using (system_key)
      join velolog.station_state as state using (station_key)
      left join lateral (
        select absence.from_at, absence.to_at
        from velolog.station_absence as absence
        where absence.station_key = station.station_key
        order by absence.from_at desc
        limit 1
      ) as latest on true
      where system.system_id = $1 and (state.observed_at > $2 or latest.from_at > $2 or latest.to_at > $2)
    );
end;

create function api.station_report_between("from" timestamptz, "to" timestamptz, system_id text, station_id text)
returns table (
  observed_at timestamptz, num_bikes_available smallint, num_docks_available smallint,
  num_bikes_disabled smallint, num_docks_disabled smallint,
  is_installed boolean, is_renting boolean, is_returning boolean, state text
)
language sql stable parallel safe
security definer set search_path = pg_catalog
as $$
  with target as materialized (
    select station.station_key
    from velolog.system
    join velolog.station using (system_key)
    where system.system_id = $3 and station.station_id = $4
  ),
  start as materialized (
    select coalesce(max(report.observed_at), $1) as at
    from velolog.station_status as report
    where report.station_key = (select station_key from target) and report.observed_at <= $1
  ),
  report as materialized (
    select
      status.observed_at, status.num_bikes_available, status.num_docks_available,
      status.num_bikes_disabled, status.num_docks_disabled, status.flags
    from velolog.station_status as status
    where status.station_key = (select station_key from target)
      and status.observed_at >= (select at from start) and status.observed_at <= $2
  ),
  absence as materialized (
    select
      gone.from_at,
      coalesce(gone.to_at, (select min(report.observed_at) from report where report.observed_at > gone.from_at)) as to_at
    from velolog.station_absence as gone
    where gone.station_key = (select station_key from target)
      and gone.from_at > (select at from start) and gone.from_at <= $2
  ),
  step as (
    select
      report.observed_at, report.num_bikes_available, report.num_docks_available,
      report.num_bikes_disabled, report.num_docks_disabled, report.flags,
      velolog.station_state_of(report.num_bikes_available, report.num_docks_available, report.flags) as state
    from report
    union all
    select absence.from_at, null, null, null, null, 0::smallint, 'absent'
    from absence
    union all
    select
      absence.to_at, before.num_bikes_available, before.num_docks_available,
      before.num_bikes_disabled, before.num_docks_disabled, before.flags,
      velolog.station_state_of(before.num_bikes_available, before.num_docks_available, before.flags)
    from absence
    cross join lateral (
      select report.* from report where report.observed_at < absence.to_at order by report.observed_at desc limit 1
    ) as before
    where absence.to_at <= $2
      and not exists (select from report where report.observed_at = absence.to_at)
  )
  select
    step.observed_at, step.num_bikes_available, step.num_docks_available,
    step.num_bikes_disabled, step.num_docks_disabled,
    velolog.flag(step.flags, 0), velolog.flag(step.flags, 1), velolog.flag(step.flags, 2),
    step.state
  from step
  where step.observed_at > $1
    or step.observed_at = (select max(earlier.observed_at) from step as earlier where earlier.observed_at <= $1)
  order by step.observed_at
$$;

create function api.station_step_between("from" timestamptz, "to" timestamptz, system_id text, station_id text)
returns table (
  at timestamptz, num_bikes_available smallint, num_docks_available smallint,
  num_bikes_disabled smallint, num_docks_disabled smallint, state text
)
language sql stable parallel safe
security definer set search_path = pg_catalog
as $$
  with wanted as materialized (
    select station.station_key, feed.feed_key, feed.success_interval_seconds
    from velolog.system
    join velolog.station using (system_key)
    join velolog.feed on feed.system_key = system.system_key and feed.feed = 'station_status'
    where system.system_id = $3 and station.station_id = $4
  ),
  span as materialized (
    select
      coverage.from_at,
      coverage.to_at as polled_at,
      case
        when now() - coverage.to_at <= greatest(120, 3 * wanted.success_interval_seconds) * interval '1 s' then 'infinity'
        else coverage.to_at
      end as to_at
    from wanted
    join velolog.coverage using (feed_key)
    where coverage.outcome = 'observed' and coverage.from_at <= $2 and coverage.to_at >= $1
  ),
  absence as materialized (
    select
      absence.last_seen_at,
      absence.from_at,
      coalesce(absence.to_at, (
        select min(observed_at) from velolog.station_status
        where station_status.station_key = absence.station_key and station_status.observed_at > absence.from_at
      ), 'infinity') as to_at
    from wanted
    join velolog.station_absence as absence using (station_key)
    where absence.from_at <= $2 and (absence.to_at is null or absence.to_at > $1)
  ),
  moment as (
    select $1 as at from wanted
    union select observed_at from wanted join velolog.station_status using (station_key) where observed_at between $1 and $2
    union select from_at from span where from_at > $1
    union select to_at + gone.after from span, (values (interval '0'), (interval '1 ms')) as gone (after) where to_at + gone.after <= $2
    union select least($2, max(polled_at)) from span having count(*) > 0
    union select last_seen_at from absence where last_seen_at > $1
    union select from_at from absence where from_at > $1
    union select to_at from absence where to_at <= $2
  ),
  judged as (
    select
      at,
      exists (select from span where moment.at between span.from_at and span.to_at) as seen,
      exists (select from absence where moment.at >= absence.from_at and moment.at < absence.to_at) as absent
    from moment
  )
  select
    judged.at,
    report.num_bikes_available,
    report.num_docks_available,
    report.num_bikes_disabled,
    report.num_docks_disabled,
    case
      when judged.seen and judged.absent then 'absent'
      when report.station_key is null then 'unseen'
      else velolog.station_state_of(report.num_bikes_available, report.num_docks_available, report.flags)
    end
  from wanted
  cross join judged
  left join lateral (
    select station_status.*
    from velolog.station_status
    where judged.seen and not judged.absent
      and station_status.station_key = wanted.station_key and station_status.observed_at <= judged.at
    order by station_status.observed_at desc
    limit 1
  ) as report on true
$$;

create view api.system as
select
  system.system_id,
  system.name,
  system.operator,
  system.timezone,
  system.url,
  system.license_url,
  (
    select count(*)::integer
    from velolog.station
    join velolog.station_state using (station_key)
    where station.system_key = system.system_key
      and not exists (
        select from velolog.station_absence
        where station_absence.station_key = station.station_key
          and station_absence.to_at is null
          and station_absence.from_at > station_state.observed_at
      )
  ) as stations,
  first.observed_at as first_observed_at,
  last.observed_at as last_observed_at
from velolog.system
left join velolog.feed on feed.system_key = system.system_key and feed.feed = 'station_status'
left join lateral (
  select coverage.from_at as observed_at
  from velolog.coverage
  where coverage.feed_key = feed.feed_key and coverage.outcome = 'observed'
  order by coverage.from_at
  limit 1
) as first on true
left join lateral (
  select coverage.to_at as observed_at
  from velolog.coverage
  where coverage.feed_key = feed.feed_key and coverage.outcome = 'observed'
  order by coverage.from_at desc
  limit 1
) as last on true;

create function api.system_count_between(
  "from" timestamptz, "to" timestamptz, system_id text default null, step_seconds double precision default 60
)
returns table (
  system_id text, at timestamptz, num_bikes_available bigint, num_docks_available bigint,
  stations bigint, stations_empty bigint, stations_full bigint, stations_closed bigint
)
language sql stable parallel safe
security definer set search_path = pg_catalog
as $$
  with step as materialized (
    select greatest($4, 1, extract(epoch from $2 - $1) / 2000)::double precision as seconds
  ),
  wanted as materialized (
    select system_key, system_id from velolog.system where $3 is null or system.system_id = $3
  ),
  times as (
    select number, to_timestamp(number * step.seconds) as at
    from step,
      generate_series(ceil(extract(epoch from $1) / step.seconds)::bigint, floor(extract(epoch from $2) / step.seconds)::bigint) as number
  ),
  absence as (
    select
      station.system_key,
      absence.station_key,
      absence.from_at,
      coalesce(absence.to_at, (
        select min(observed_at) from velolog.station_status
        where station_status.station_key = absence.station_key and station_status.observed_at > absence.from_at
      ), 'infinity') as to_at
    from velolog.station_absence as absence
    join velolog.station using (station_key)
    join wanted using (system_key)
    where absence.from_at <= $2 and (absence.to_at is null or absence.to_at > $1)
  ),
  held as (
    select absence.*, report.bikes, report.docks, report.state
    from absence
    cross join lateral (
      select
        num_bikes_available as bikes,
        num_docks_available as docks,
        velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
      from velolog.station_status
      where station_status.station_key = absence.station_key and station_status.observed_at < absence.from_at
      order by station_status.observed_at desc
      limit 1
    ) as report
    where absence.to_at > $1
  ),
  difference as (
    select
      station.system_key,
      greatest(known.observed_at, $1) as at,
      coalesce(known.bikes, 0) - coalesce(known.prev_bikes, 0) as bikes,
      coalesce(known.docks, 0) - coalesce(known.prev_docks, 0) as docks,
      (known.prev_state is null)::integer as stations,
      (known.state = 'empty')::integer - coalesce((known.prev_state = 'empty')::integer, 0) as are_empty,
      (known.state = 'full')::integer - coalesce((known.prev_state = 'full')::integer, 0) as are_full,
      (known.state = 'closed')::integer - coalesce((known.prev_state = 'closed')::integer, 0) as are_closed
    from wanted
    join velolog.station using (system_key)
    cross join lateral (
      select
        observed_at,
        bikes,
        docks,
        state,
        lag(bikes) over in_time as prev_bikes,
        lag(docks) over in_time as prev_docks,
        lag(state) over in_time as prev_state
      from (
        select
          observed_at,
          num_bikes_available as bikes,
          num_docks_available as docks,
          velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
        from (
          (
            select observed_at, num_bikes_available, num_docks_available, flags
            from velolog.station_status
            where station_key = station.station_key and observed_at < $1
            order by observed_at desc
            limit 1
          )
          union all
          (
            select observed_at, num_bikes_available, num_docks_available, flags
            from velolog.station_status
            where station_key = station.station_key and observed_at between $1 and $2
          )
        ) as rows_of_station
      ) as reports
      window in_time as (order by observed_at)
    ) as known
    union all
    select
      system_key, greatest(from_at, $1), -coalesce(bikes, 0), -coalesce(docks, 0), -1,
      -(state = 'empty')::integer, -(state = 'full')::integer, -(state = 'closed')::integer
    from held
    union all
    select
      system_key, to_at, coalesce(bikes, 0), coalesce(docks, 0), 1,
      (state = 'empty')::integer, (state = 'full')::integer, (state = 'closed')::integer
    from held
    where to_at <= $2
  ),
  per_step as (
    select
      system_key,
      ceil(extract(epoch from at) / step.seconds)::bigint as number,
      sum(bikes) as bikes, sum(docks) as docks, sum(stations) as stations,
      sum(are_empty) as are_empty, sum(are_full) as are_full, sum(are_closed) as are_closed
    from difference, step
    group by 1, 2
  ),
  observed as (
    select distinct feed.system_key, number
    from wanted
    join velolog.feed using (system_key)
    join velolog.coverage using (feed_key),
      step,
      generate_series(
        ceil(extract(epoch from greatest(coverage.from_at, $1)) / step.seconds)::bigint,
        ceil(extract(epoch from least(coverage.to_at, $2)) / step.seconds)::bigint
      ) as number
    where feed.feed = 'station_status' and coverage.outcome = 'observed'
      and coverage.from_at <= $2 and coverage.to_at >= $1 - step.seconds * interval '1 s'
  )
  select
    wanted.system_id,
    times.at,
    case when observed.number is not null then sum(coalesce(per_step.bikes, 0)) over in_time end::bigint,
    case when observed.number is not null then sum(coalesce(per_step.docks, 0)) over in_time end::bigint,
    case when observed.number is not null then sum(coalesce(per_step.stations, 0)) over in_time end::bigint,
    case when observed.number is not null then sum(coalesce(per_step.are_empty, 0)) over in_time end::bigint,
    case when observed.number is not null then sum(coalesce(per_step.are_full, 0)) over in_time end::bigint,
    case when observed.number is not null then sum(coalesce(per_step.are_closed, 0)) over in_time end::bigint
  from wanted
  cross join times
  left join per_step using (system_key, number)
  left join observed using (system_key, number)
  window in_time as (partition by system_key order by number)
$$;

alter role velolog_reader set default_transaction_read_only = on;
alter role velolog_reader set statement_timeout = '15s';
alter role velolog_reader set idle_in_transaction_session_timeout = '60s';
alter role velolog_reader set search_path = api;
alter role velolog_reader set random_page_cost = 1.1;
alter role velolog_reader set jit = off;
grant usage on schema api to velolog_reader;
grant select on all tables in schema api to velolog_reader;
grant execute on all functions in schema api to velolog_reader;
do $$
begin
  if has_database_privilege('velolog_reader', current_database(), 'temporary')
    and (select pg_has_role(datdba, 'usage') from pg_database where datname = current_database())
  then
    execute format('revoke temporary on database %I from public', current_database());
  end if;
end
$$;
