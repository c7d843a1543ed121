-- station_forecast_parts(system_id, minutes, of_station_id): the parts of station_forecast, for each target, with its references.
-- Grain: one row per station and target (`bike`, `dock`).
-- A building block; the store also keeps its rows, to judge them later. used is the probability that is published, according to basis. model is the model's, even if basis
-- is another; persistence, damped and profile are the references. without is why there is no forecast: `absent`, `closed`, `unknown` (no count) or `old`: not observed for
-- more than 10 minutes, or three times the usual time between polls, but at most an hour (the count of a feed that is polled once a day is no present), or overdue as feed_health
-- has it: whoever sees that the data is old must not see a forecast beside it, and a live server that repeats yesterday's counts says nothing about the next hour.
-- For minutes between two that have a model, it interpolates their log odds. The model's probability counts as far as it is trusted: the rest is damped persistence. The hour is the current hour in local time. The change over the last hour comes from the row before it, found by an index.
-- The tempo of the whole system is the last one measured, from the last half hour.
-- Values that are the same for all stations are read first. As parameters of the large query, they let PostgreSQL read a single month and one system's rows by index, even among 1,500 systems.
-- Reads: feed, feed_health, forecast_hour, forecast_model, forecast_tempo, newest_observation, station, station_absence, station_state, station_state_of, station_status, system, timezone_or_utc. Read by: station_forecast, packages/store.
create function api.station_forecast_parts(system_id text, minutes integer, of_station_id text default null)
returns table (
  station_key integer,
  station_id text,
  target text,
  observed_at timestamptz,
  without text,
  count integer,
  basis text,
  trained_at timestamptz,
  used double precision,
  model double precision,
  persistence double precision,
  damped double precision,
  profile double precision,
  expected double precision
)
language plpgsql stable cost 1000000 rows 500
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
-- The planner expects ten rows from an array and would choose nested loops, which took seconds for 2,400 stations. Look-ups by station say `limit 1`, which is a loop in any plan.
-- Its cost estimates would also start JIT compilation, and planning each time takes longer than the answer for a small system.
set enable_nestloop = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  system_asked integer;
  looked_until timestamptz;
  nobody_looked text;
  hour_now integer;
  day_part integer;
  low smallint;
  high smallint;
  high_share double precision := 0;
  tempo_now double precision;
begin
  select
    system.system_key,
    newest.observed_at,
    case
      when feed.last_polled_at is distinct from feed.last_fetched_at then 'old'
      when newest.observed_at is null or now() - newest.observed_at > greatest(600, least(3600, 3 * feed.success_interval_seconds)) * interval '1 s' then 'old'
      when (select health.overdue from api.feed_health as health where health.system_id = $1 and health.feed = 'station_status') then 'old'
    end,
    extract(hour from local.now)::integer + case when extract(isodow from local.now) >= 6 then 24 else 0 end
  into system_asked, looked_until, nobody_looked, hour_now
  from velolog.system
  cross join lateral (
    select * from velolog.feed where feed.system_key = system.system_key and feed.feed = 'station_status' limit 1
  ) as feed
  left join api.newest_observation as newest using (feed_key)
  cross join lateral (select now() at time zone api.timezone_or_utc(system.timezone) as now) as local
  where system.system_id = $1;
  if not found then return; end if;
  day_part := (hour_now % 24) / 6 + case when hour_now >= 24 then 4 else 0 end;

  select
    coalesce(max(known.minutes) filter (where known.minutes <= $2), min(known.minutes)),
    coalesce(min(known.minutes) filter (where known.minutes >= $2), max(known.minutes))
  into low, high
  from velolog.forecast_model as known
  where known.system_key = system_asked;
  if high > low then high_share := ($2 - low)::double precision / (high - low); end if;

  select coalesce(max(measured.tempo) filter (where measured.seen_at > looked_until - interval '30 minutes'), 0)
  into tempo_now
  from velolog.forecast_tempo as measured
  where measured.system_key = system_asked;

  return query
  with seen as materialized (
    select
      station.station_key,
      station.station_id,
      coalesce(
        nobody_looked,
        case
          when state.is_absent then 'absent'
          when velolog.station_state_of(state.num_bikes_available, state.num_docks_available, state.flags) = 'closed' then 'closed'
        end
      ) as without,
      state.num_bikes_available as bikes,
      state.num_docks_available as docks,
      width_bucket(extract(epoch from looked_until - state.observed_at)::double precision / 60, array[8, 15, 25, 45, 75, 120, 240]::double precision[]) as since,
      greatest(-4, least(4, state.num_bikes_available - coalesce(hour_ago.num_bikes_available, state.num_bikes_available))) as trend
    from velolog.station
    cross join lateral (
      select
        state.*,
        exists (
          select from velolog.station_absence as absence
          where absence.station_key = state.station_key and absence.to_at is null and absence.from_at > state.observed_at
        ) as is_absent
      from velolog.station_state as state
      where state.station_key = station.station_key limit 1
    ) as state
    left join lateral (
      select status.num_bikes_available
      from velolog.station_status as status
      where state.observed_at > looked_until - interval '1 hour' and status.station_key = station.station_key
        and status.observed_at between looked_until - interval '8 days' and looked_until - interval '1 hour'
      order by status.observed_at desc limit 1
    ) as hour_ago on true
    where station.system_key = system_asked and ($3 is null or station.station_id = $3)
  ), counted as materialized (
    select
      seen.*, target.target,
      case when seen.without is null then target.count end as count,
      case when seen.without is null then width_bucket(target.count - 1, array[0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30]) end as bucket
    from seen
    cross join lateral (values ('bike', seen.bikes::integer), ('dock', seen.docks::integer)) as target (target, count)
  ), usual as materialized (
    select at_hour.target, at_hour.minutes, one.station_key, one.activity, one.profile, one.change, one.deviation
    from velolog.forecast_hour as at_hour
    cross join lateral unnest(at_hour.station_keys, at_hour.activity, at_hour.profile, at_hour.change, at_hour.deviation)
      as one (station_key, activity, profile, change, deviation)
    where at_hour.system_key = system_asked and at_hour.minutes in (low, high) and at_hour.hour = hour_now
  ), paired as materialized (
    -- Few columns, and before the models are joined: otherwise their arrays would be copied for every station. told is materialized for the same reason.
    select
      counted.station_key, counted.target, counted.bucket, usual.minutes, usual.profile, usual.change,
      counted.bucket * 48 + hour_now + 1 as at_hour,
      counted.bucket * 8 + counted.since + 1 as at_since,
      counted.bucket * 9 + counted.trend + 5 as at_trend,
      (counted.bucket * 5 + usual.activity) * 8 + day_part + 1 as at_activity,
      greatest(-6, least(6, (counted.count - 0.5::double precision + usual.change) / usual.deviation)) as distance
    from counted
    join usual using (station_key, target)
    where counted.count is not null
  ), told as materialized (
    select
      paired.station_key, paired.target, known.basis, known.trained_at, paired.change, paired.profile, known.correction, known.trust,
      greatest(0.0002, least(0.9998, known.damped[paired.bucket + 1]))::double precision as damped,
      known.count_terms[paired.bucket + 1]
        + known.hour_terms[paired.at_hour]
        + known.since_terms[paired.at_since]
        + known.trend_terms[paired.at_trend]
        + known.activity_terms[paired.at_activity]
        + known.profile_weight * paired.profile
        + known.distance_terms[paired.bucket + 1] * paired.distance
        + coalesce(known.tempo_terms[paired.bucket + 1], 0) * tempo_now as log_odds,
      case when paired.minutes = low then 1 - high_share else high_share end as weight
    from velolog.forecast_model as known
    join paired on paired.minutes = known.minutes and paired.target = known.target
    where known.system_key = system_asked and known.minutes in (low, high)
  ), judged as (
    select
      told.station_key, told.target, told.basis, told.trained_at, told.change, told.profile, told.trust, told.damped, told.weight,
      1 / (1 + exp(-greatest(-30, least(30,
        told.correction[1] + told.correction[2] * told.log_odds
          + told.correction[3] * greatest(0, told.log_odds + 2.5::double precision) + told.correction[4] * greatest(0, told.log_odds + 1)
          + told.correction[5] * greatest(0, told.log_odds - 0.5::double precision) + told.correction[6] * greatest(0, told.log_odds - 2)
          -- Models from before the upgrade have only six.
          + coalesce(told.correction[7], 0) * greatest(0, told.log_odds - 3.5::double precision) + coalesce(told.correction[8], 0) * greatest(0, told.log_odds - 5)
      )))) as model
    from told
  ), mixed as (
    select *, judged.damped + judged.trust * (judged.model - judged.damped) as trusted
    from judged
  ), fitted as (
    -- What each of the two models is trusted for is mixed before they are joined: so what lies between them in time lies between them in value, too.
    select
      mixed.station_key, mixed.target, min(mixed.basis) as basis, min(mixed.trained_at) as trained_at,
      1 / (1 + exp(-sum(mixed.weight * ln(mixed.trusted / (1 - mixed.trusted))))) as model,
      1 / (1 + exp(-sum(mixed.weight * ln(mixed.damped / (1 - mixed.damped))))) as damped,
      1 / (1 + exp(-sum(mixed.weight * mixed.profile))) as profile,
      sum(mixed.weight * mixed.change) as change
    from mixed
    group by mixed.station_key, mixed.target
  )
  select
    counted.station_key,
    counted.station_id,
    counted.target,
    looked_until,
    coalesce(counted.without, case when counted.count is null then 'unknown' end),
    counted.count,
    case when counted.count is null then null else coalesce(fitted.basis, 'persistence') end,
    fitted.trained_at,
    case fitted.basis when 'logit' then fitted.model when 'table' then fitted.damped else (counted.count > 0)::integer::double precision end,
    fitted.model,
    (counted.count > 0)::integer::double precision,
    fitted.damped,
    fitted.profile,
    greatest(0, counted.count + coalesce(fitted.change, 0))::double precision
  from counted
  left join fitted on fitted.station_key = counted.station_key and fitted.target = counted.target;
end
$$;
