import { type CommonQueryMethods, type DatabasePool, sql } from 'slonik';
import { numberArray } from '../../tables/sql-arrays.ts';

/** Horizons that are judged. */
const JUDGED_MINUTES = [20, 60];
const EVERY_MINUTES = 15;

/** Compares the forecasts that are due with what happened, and keeps new ones to judge later. Any number of workers may do it. */
export async function judgeForecasts(pool: DatabasePool): Promise<void> {
  await scoreDue(pool);
  await keepForecasts(pool);
}

/** Leaves out a forecast whose time nobody observed, or whose station was closed by then. A forecast that is a day overdue is no longer judged. */
async function scoreDue(db: CommonQueryMethods): Promise<void> {
  await db.query(sql.unsafe`
    with newest as materialized (
      select feed.system_key, feed.feed_key, seen.observed_at as seen_at, api.timezone_or_utc(system.timezone) as zone
      from velolog.feed
      join velolog.system using (system_key)
      join api.newest_observation as seen using (feed_key)
      where feed.feed = 'station_status' and exists (select from velolog.forecast_made as made where made.system_key = feed.system_key)
    ), taken as (
      delete from velolog.forecast_made as made
      using newest
      where newest.system_key = made.system_key and (made.due_at <= newest.seen_at or made.due_at < now() - interval '1 day')
      returning made.*, newest.feed_key, newest.zone
    ), pair as (
      select taken.system_key, (taken.due_at at time zone taken.zone)::date as day, taken.target, taken.minutes, one.*,
        (case taken.target when 'bike' then came.bikes else came.docks end > 0)::integer as outcome
      from taken
      cross join lateral unnest(taken.station_keys, taken.used, taken.model, taken.persistence, taken.damped, taken.profile)
        as one (station_key, used, model, persistence, damped, profile)
      join velolog.station_state as state using (station_key)
      cross join lateral (
        select state.num_bikes_available as bikes, state.num_docks_available as docks, state.flags
        where state.observed_at <= taken.due_at
        union all
        (
          select status.num_bikes_available, status.num_docks_available, status.flags
          from velolog.station_status as status
          where state.observed_at > taken.due_at and status.station_key = one.station_key
            and status.observed_at between taken.due_at - interval '40 days' and taken.due_at
          order by status.observed_at desc limit 1
        )
      ) as came
      where exists (
          select from velolog.coverage
          where coverage.feed_key = taken.feed_key and coverage.outcome = 'observed'
            and coverage.from_at <= taken.due_at and coverage.to_at >= taken.due_at
        )
        and not exists (
          select from velolog.station_absence as absence
          where absence.station_key = one.station_key and absence.from_at between taken.made_at and taken.due_at
            and (absence.to_at is null or absence.to_at > taken.due_at)
        )
        and case taken.target when 'bike' then came.bikes else came.docks end is not null
        and velolog.station_state_of(came.bikes, came.docks, came.flags) <> 'closed'
    ), binned as (
      select system_key, day, target, minutes, least(9, floor(used * 10))::integer as bin, count(*) as cases, sum(used) as forecast, sum(outcome) as observed,
        sum((used - outcome) ^ 2) as used_error, sum((model - outcome) ^ 2) as model_error, sum((persistence - outcome) ^ 2) as persistence_error,
        sum((damped - outcome) ^ 2) as damped_error, sum((profile - outcome) ^ 2) as profile_error
      from pair
      group by system_key, day, target, minutes, bin
    ), scored as (
      select system_key, day, target, minutes, sum(cases) as pairs, sum(used_error) as used, sum(model_error) as model,
        sum(persistence_error) as persistence, sum(damped_error) as damped, sum(profile_error) as profile
      from binned
      group by system_key, day, target, minutes
    ), bins as (
      select scored.system_key, scored.day, scored.target, scored.minutes,
        array_agg(coalesce(binned.cases, 0)::integer order by tenth) as bin_cases,
        array_agg(coalesce(binned.forecast, 0)::float8 order by tenth) as bin_forecast,
        array_agg(coalesce(binned.observed, 0)::integer order by tenth) as bin_observed
      from scored
      cross join generate_series(0, 9) as tenth
      left join binned on (binned.system_key, binned.day, binned.target, binned.minutes, binned.bin)
        = (scored.system_key, scored.day, scored.target, scored.minutes, tenth)
      group by scored.system_key, scored.day, scored.target, scored.minutes
    )
    insert into velolog.forecast_score as known (system_key, day, target, minutes, pairs, used, model, persistence, damped, profile, bin_cases, bin_forecast, bin_observed)
    select scored.system_key, scored.day, scored.target, scored.minutes, scored.pairs, scored.used, scored.model, scored.persistence, scored.damped, scored.profile,
      bins.bin_cases, bins.bin_forecast, bins.bin_observed
    from scored
    join bins using (system_key, day, target, minutes)
    on conflict (system_key, target, minutes, day) do update set
      pairs = known.pairs + excluded.pairs, used = known.used + excluded.used, model = known.model + excluded.model,
      persistence = known.persistence + excluded.persistence, damped = known.damped + excluded.damped, profile = known.profile + excluded.profile,
      bin_cases = array(select a + b from unnest(known.bin_cases, excluded.bin_cases) as sums (a, b)),
      bin_forecast = array(select a + b from unnest(known.bin_forecast, excluded.bin_forecast) as sums (a, b)),
      bin_observed = array(select a + b from unnest(known.bin_observed, excluded.bin_observed) as sums (a, b))`);
}

/** For each system with a model, a quarter of an hour after the last. */
async function keepForecasts(db: CommonQueryMethods): Promise<void> {
  await db.query(sql.unsafe`
    insert into velolog.forecast_made (system_key, minutes, made_at, due_at, target, station_keys, used, model, persistence, damped, profile)
    select due.system_key, minutes, part.observed_at, part.observed_at + minutes * interval '1 minute', part.target,
      array_agg(part.station_key), array_agg(part.used::real), array_agg(part.model::real), array_agg(part.persistence::real),
      array_agg(part.damped::real), array_agg(part.profile::real)
    from (
      select distinct system.system_key, system.system_id
      from velolog.forecast_model
      join velolog.system using (system_key)
      where not exists (
        select from velolog.forecast_made as made
        where made.system_key = system.system_key and made.made_at > now() - ${EVERY_MINUTES} * interval '1 minute'
      )
    ) as due
    cross join unnest(${numberArray(JUDGED_MINUTES)}::int4[]) as minutes
    cross join lateral api.station_forecast_parts(due.system_id, minutes) as part
    where part.without is null and part.model is not null
    group by due.system_key, minutes, part.observed_at, part.target
    on conflict do nothing`);
}
