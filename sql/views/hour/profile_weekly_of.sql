-- profile_weekly_of(system_id, station_id): the rows of profile_weekly of one station.
-- Grain: one row per weekday and hour of the day, local time; see profile_weekly.
-- Reads: observed_lane, station_hour_between, system, timezone_or_utc. Read by: packages/live, docs, dashboards.
create function api.profile_weekly_of(system_id text, station_id text)
returns table (
  system_id text, station_id text, name text, weekday integer, hour integer,
  bikes_mean double precision, docks_mean double precision,
  empty_share double precision, full_share double precision, hours_observed double precision
)
language sql stable
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
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
    sum(hour.empty_share * known.share) / nullif(sum(known.share), 0),
    sum(hour.full_share * known.share) / nullif(sum(known.share), 0),
    sum(hour.observed_share)
  from local_system
  cross join lateral api.station_hour_between(local_system.since_at, 'infinity', $1, $2) as hour
  cross join lateral (select hour.hour_at at time zone local_system.timezone as hour_at) as local
  cross join lateral (select hour.observed_share * (1 - coalesce(hour.unknown_share, 0)) as share) as known
  where hour.hour_at > local_system.since_at
  group by hour.system_id, hour.station_id, hour.name, date_part('isodow', local.hour_at), date_part('hour', local.hour_at)
$$;
