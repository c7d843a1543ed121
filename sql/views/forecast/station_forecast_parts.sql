-- station_forecast_parts(system_id, minutes, station_id): what station_forecast is made of, for each target, with its references.
-- Grain: one row per station and target (`bike`, `dock`).
-- A building block, which the store also keeps to be judged by. used is the probability that is given, by basis; model that of the model, also where it is not the
-- basis; persistence, damped and profile are the references. without: why there is no forecast: `absent`, `closed`, `unknown` (no count) or `old` (nobody has looked for
-- more than 10 minutes, or three times the usual time between polls).
-- minutes between two that have a model: between their log odds. The hour is that of now in local time; the change over the last hour looks at the row before it by index.
-- Reads: coverage, feed, forecast_hour, forecast_model, station, station_absence, station_state, station_state_of, station_status, system, timezone_or_utc. Read by: station_forecast, packages/store.
create function api.station_forecast_parts(system_id text, minutes integer, station_id text default null)
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
language sql stable parallel safe cost 1000000 rows 500
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
-- The planner takes arrays for ten rows each: loops over 2,400 by 2,400 took seconds. Such costs would also call for a compiler.
set enable_nestloop = off set jit = off
as $$
  with asked as materialized (
    select
      system.system_key,
      newest.to_at as observed_at,
      case
        when feed.last_polled_at is distinct from feed.last_fetched_at then 'old'
        when newest.to_at is null or now() - newest.to_at > greatest(600, 3 * feed.success_interval_seconds) * interval '1 s' then 'old'
      end as without,
      extract(hour from local.now)::integer + case when extract(isodow from local.now) >= 6 then 24 else 0 end as hour,
      before.minutes as low,
      after.minutes as high,
      case when after.minutes > before.minutes then ($2 - before.minutes)::double precision / (after.minutes - before.minutes) else 0 end as share
    from velolog.system
    join velolog.feed on feed.system_key = system.system_key and feed.feed = 'station_status'
    left join lateral (
      select to_at from velolog.coverage
      where coverage.feed_key = feed.feed_key and coverage.outcome = 'observed'
      order by from_at desc limit 1
    ) as newest on true
    cross join lateral (select now() at time zone api.timezone_or_utc(system.timezone) as now) as local
    left join lateral (
      select max(model.minutes) as minutes from velolog.forecast_model as model
      where model.system_key = system.system_key and model.minutes <= greatest($2, (select min(least.minutes) from velolog.forecast_model as least where least.system_key = system.system_key))
    ) as before on true
    left join lateral (
      select coalesce(min(model.minutes), before.minutes) as minutes from velolog.forecast_model as model
      where model.system_key = system.system_key and model.minutes >= $2
    ) as after on true
    where system.system_id = $1
  ), seen as materialized (
    select
      station.station_key,
      station.station_id,
      asked.observed_at,
      coalesce(
        asked.without,
        case
          when absence.from_at is not null then 'absent'
          when velolog.station_state_of(state.num_bikes_available, state.num_docks_available, state.flags) = 'closed' then 'closed'
        end
      ) as without,
      state.num_bikes_available as bikes,
      state.num_docks_available as docks,
      (width_bucket(extract(epoch from asked.observed_at - state.observed_at) / 60, array[8, 15, 25, 45, 75, 120, 240]::numeric[])) as since,
      case
        when state.observed_at <= asked.observed_at - interval '1 hour' then 0
        else greatest(-4, least(4, state.num_bikes_available - coalesce(hour_ago.num_bikes_available, state.num_bikes_available)))
      end as trend
    from asked
    join velolog.station using (system_key)
    join velolog.station_state as state using (station_key)
    left join velolog.station_absence as absence
      on absence.station_key = state.station_key and absence.to_at is null and absence.from_at > state.observed_at
    left join lateral (
      select status.num_bikes_available
      from velolog.station_status as status
      where status.station_key = state.station_key
        and status.observed_at between asked.observed_at - interval '8 days' and asked.observed_at - interval '1 hour'
      order by status.observed_at desc limit 1
    ) as hour_ago on state.observed_at > asked.observed_at - interval '1 hour'
    where $3 is null or station.station_id = $3
  ), counted as materialized (
    select
      seen.station_key, seen.since, seen.trend, target.target, target.count,
      width_bucket(target.count - 1, array[0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30]) as bucket
    from seen
    cross join lateral (values ('bike', seen.bikes::integer), ('dock', seen.docks::integer)) as target (target, count)
    where seen.without is null and target.count is not null
  ), usual as materialized (
    select at_hour.target, at_hour.minutes, one.station_key, one.activity, one.profile, one.change, one.deviation
    from asked
    join velolog.forecast_hour as at_hour
      on at_hour.system_key = asked.system_key and at_hour.minutes in (asked.low, asked.high) and at_hour.hour = asked.hour
    cross join lateral unnest(at_hour.station_keys, at_hour.activity, at_hour.profile, at_hour.change, at_hour.deviation)
      as one (station_key, activity, profile, change, deviation)
  ), paired as materialized (
    -- Narrow, and before the models are joined: else their arrays would be copied for every station.
    select
      counted.*, usual.minutes, usual.profile, usual.change,
      counted.bucket * 48 + asked.hour + 1 as at_hour,
      (counted.bucket * 5 + usual.activity) * 8 + (asked.hour % 24) / 6 + case when asked.hour >= 24 then 4 else 0 end + 1 as at_activity,
      greatest(-6, least(6, (counted.count - 0.5 + usual.change) / usual.deviation)) as distance
    from counted
    join usual using (station_key, target)
    cross join asked
  ), told as materialized (
    select
      paired.station_key, paired.target, model.minutes, model.basis, model.trained_at,
      paired.change, paired.profile,
      model.damped[paired.bucket + 1] as damped,
      model.correction,
      model.count_terms[paired.bucket + 1]
        + model.hour_terms[paired.at_hour]
        + model.since_terms[paired.bucket * 8 + paired.since + 1]
        + model.trend_terms[paired.bucket * 9 + paired.trend + 5]
        + model.activity_terms[paired.at_activity]
        + model.profile_weight * paired.profile
        + model.distance_terms[paired.bucket + 1] * paired.distance as log_odds
    from asked
    join velolog.forecast_model as model on model.system_key = asked.system_key and model.minutes in (asked.low, asked.high)
    join paired on paired.minutes = model.minutes and paired.target = model.target
  ), bent as (
    select
      told.*,
      told.correction[1] + told.correction[2] * log_odds + told.correction[3] * greatest(0, log_odds + 2.5) + told.correction[4] * greatest(0, log_odds + 1)
        + told.correction[5] * greatest(0, log_odds - 0.5) + told.correction[6] * greatest(0, log_odds - 2) as corrected,
      ln(greatest(0.0002, least(0.9998, damped)) / (1 - greatest(0.0002, least(0.9998, damped)))) as damped_odds,
      case when told.minutes = asked.low then case when asked.low = asked.high then 1 else 1 - asked.share end else asked.share end as weight
    from told
    cross join asked
  ), between_minutes as (
    select
      station_key, target, min(basis) as basis, min(trained_at) as trained_at,
      1 / (1 + exp(-greatest(-30, least(30, sum(weight * corrected))))) as model,
      1 / (1 + exp(-sum(weight * damped_odds))) as damped,
      1 / (1 + exp(-sum(weight * profile))) as profile,
      sum(weight * change) as change
    from bent
    group by station_key, target
  )
  select
    seen.station_key,
    seen.station_id,
    target.target,
    seen.observed_at,
    coalesce(seen.without, case when target.count is null then 'unknown' end),
    target.count,
    case when target.count is null or seen.without is not null then null else coalesce(fitted.basis, 'persistence') end,
    fitted.trained_at,
    case fitted.basis when 'logit' then fitted.model when 'table' then fitted.damped else (target.count > 0)::integer::double precision end,
    fitted.model,
    (target.count > 0)::integer::double precision,
    fitted.damped,
    fitted.profile,
    greatest(0, target.count + coalesce(fitted.change, 0))::double precision
  from seen
  cross join lateral (
    values
      ('bike', case when seen.without is null then seen.bikes::integer end),
      ('dock', case when seen.without is null then seen.docks::integer end)
  ) as target (target, count)
  left join between_minutes as fitted on fitted.station_key = seen.station_key and fitted.target = target.target
$$;
