-- station_spell_between(from, to, system_id, station_id): the spells of station_spell that overlap the time from `from` to `to`,
-- for one station, one system or all.
-- Grain: one row per spell, whole: from_at and to_at are its own, not those of the window.
-- The LAG, its order and its first row are those of station_spell_in. Of the rolled-up spells it reads those in the window and
-- each station's last one before it, so the cost does not grow with history.
-- Reads: observed_lane, station, station_spell, station_spell_in, system. Read by: outage_episode_between, sla_compliance_between, docs, dashboards.
create function api.station_spell_between(
  "from" timestamptz, "to" timestamptz, system_id text default null, station_id text default null
)
returns table (
  system_id text, station_id text, name text, lat double precision, lon double precision,
  state text, from_at timestamptz, to_at timestamptz, is_open boolean, duration_seconds double precision,
  start_observed boolean, end_observed boolean
)
language sql stable parallel safe cost 2000000 rows 2000
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with wanted as materialized (
    select system.system_id, station.system_key, station.station_key, station.station_id, station.name, station.lat, station.lon
    from velolog.system
    join velolog.station using (system_key)
    where ($3 is null or system.system_id = $3) and ($4 is null or station.station_id = $4)
  ),
  -- Materialized: otherwise the planner may compute it again for each station.
  fresh as materialized (
    select
      fresh.station_key,
      fresh.state,
      coalesce(going_on.from_at, fresh.from_at) as from_at,
      fresh.to_at,
      coalesce(going_on.start_observed, fresh.start_observed, false) as start_observed,
      fresh.end_observed,
      lane.is_polled and not fresh.end_observed and fresh.to_at = lane.last_observed_at as is_open
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
