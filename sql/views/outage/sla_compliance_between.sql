-- sla_compliance_between(from_day, to_day, system_id, from_hour, to_hour, tolerated_minutes, leave_out_flagged): for what share of its service hours
-- each station met the target: not empty, full or closed for longer than tolerated.
-- Grain: one row per station and local day (time zone of the system, UTC if unknown) from from_day to to_day, both included,
-- and from the station's first to its last observation. Service hours last from from_hour until to_hour (0 to 24), local
-- time, also on days when the clocks change. If to_hour is not later than from_hour, they last past midnight and belong
-- to the day on which they begin: 22 to 6 is a night, 6 to 6 is 24 hours.
-- minutes_in_target: minutes in the state ok, plus the first tolerated_minutes of each spell of outage_episode. An outage of up
-- to 10 minutes thus costs nothing, as in the contracts of the Bay Area (KPI 12: no longer than 10 consecutive
-- minutes, 6 to 22 h), and a longer one costs only what exceeds them. A spell counts from its own beginning, even before from_hour:
-- at 6 o'clock the station has been empty since 2. A spell whose beginning was not observed counts from its first observation.
-- minutes_observed: minutes in which the state was known. Minutes in the state unknown (the feed gave neither count) are in
-- minutes_unknown instead: they are neither in the target nor out of it.
-- minutes_of_service: all minutes of the day's service hours, observed or not, including those still to come. Compare minutes_observed and
-- minutes_unknown with it: for a day that has just begun, or was hardly observed, compliance may be 1 and mean little.
-- compliance = minutes_in_target / minutes_observed; null if nothing was observed: unknown is neither good nor bad.
-- longest_outage_minutes: the part of the longest spell within the service hours. outages_over_tolerance: the number of spells with
-- minutes out of the target within the service hours.
-- leave_out_flagged: omits days on which a station was frozen during service hours (flagged_station_between): it would seem to meet the target. By default all are included.
-- The LAG behind the spells, its order and its first row are those of station_spell_in.
-- Reads: flagged_station_between, observed_lane, station, station_spell_between, system, timezone_or_utc. Read by: sla_compliance, docs, dashboards.
create function api.sla_compliance_between(
  from_day date, to_day date, system_id text default null,
  from_hour integer default 6, to_hour integer default 22, tolerated_minutes integer default 10, leave_out_flagged boolean default false
)
returns table (
  system_id text, station_id text, name text, day date,
  minutes_observed double precision, minutes_in_target double precision, compliance double precision,
  longest_outage_minutes double precision, outages_over_tolerance integer, minutes_unknown double precision,
  minutes_of_service double precision
)
language sql stable
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
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
      -- Without an observation the days would have no end.
      and observed.last_at is not null
  ),
  -- One row per system: the service hours of its days, as arrays. A binary search finds those that a spell overlaps.
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
  -- Not a lateral join with generate_series, which costs as much as finding the spells.
  day_of_spell as (
    select
      service.system_id,
      service.opens_at,
      service.closes_at,
      spell.station_id,
      spell.state,
      spell.from_at,
      seen_to.at as seen_to_at,
      generate_series(
        greatest(width_bucket(spell.from_at, service.opens_at), 1), width_bucket(seen_to.at, service.opens_at)
      ) as number
    from service
    cross join lateral api.station_spell_between(
      service.opens_at[1], service.closes_at[cardinality(service.closes_at)], service.system_id
    ) as spell
    cross join lateral (
      select spell.from_at + spell.duration_seconds * interval '1 second' as at
    ) as seen_to
  ),
  in_service as (
    select
      system_id,
      station_id,
      number,
      state in ('empty', 'full', 'closed') as is_outage,
      state = 'unknown' as is_unknown,
      served.from_at,
      served.to_at,
      day_of_spell.from_at + make_interval(mins => $6) as tolerated_to_at
    from day_of_spell
    cross join lateral (
      select greatest(day_of_spell.from_at, opens_at[number]) as from_at, least(seen_to_at, closes_at[number]) as to_at
    ) as served
    where served.from_at < served.to_at
  ),
  of_day as (
    select
      system_id,
      station_id,
      number,
      sum(date_part('epoch', to_at - from_at)) filter (where not is_unknown) as observed_seconds,
      sum(date_part('epoch', to_at - from_at)) filter (where is_unknown) as unknown_seconds,
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
    coalesce(of_day.outages, 0)::integer,
    coalesce(of_day.unknown_seconds, 0) / 60,
    date_part('epoch', service.closes_at[number] - service.opens_at[number]) / 60
  from service
  join api.station using (system_id)
  cross join lateral generate_series(1, cardinality(service.days)) as number
  left join of_day using (system_id, station_id, number)
  where service.days[number] between (station.first_observed_at at time zone service.timezone - service.past_midnight)::date
    and (station.last_observed_at at time zone service.timezone)::date
    and not ($7 and exists (
      select from api.flagged_station_between(service.opens_at[number], service.closes_at[number], service.system_id) as flagged
      where flagged.station_id = station.station_id
    ))
$$;
