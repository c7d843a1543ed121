-- station_forecast(system_id, minutes, station_id): how likely there will be a bike, or a free dock, at a station in that many minutes (10 to 90).
-- Grain: one row per station that the system's feed has ever listed, or the one asked for.
-- p_bike and p_dock are the probabilities of at least one; expected_bikes is the expected count. basis is the method behind p_bike, and basis_dock the one behind p_dock: `logit` (the model of
-- packages/forecast), `table` (the share of past cases with the same count) or `persistence` (the present state; less than a day of history). If there is no forecast, all are null and
-- no_forecast_because gives the reason: `old` (not observed lately, or the system is an archive), `absent`, `closed` or `unknown`.
-- skill and skill_damped: by which share the Brier score of the bike forecasts of the last 14 days is lower than that of persistence, and of damped persistence (at the nearest
-- minutes that are judged); null until forecasts have come due.
-- leave_out_flagged: stations with an open station_frozen or station_zombie get no forecast (`flagged`).
-- Reads: flagged_station_between, forecast_minutes, forecast_skill, station_forecast_parts. Read by: packages/live, docs.
create function api.station_forecast(system_id text, minutes integer, station_id text default null, leave_out_flagged boolean default false)
returns table (
  station_id text,
  p_bike double precision,
  p_dock double precision,
  expected_bikes double precision,
  basis text,
  basis_dock text,
  trained_at timestamptz,
  observed_at timestamptz,
  no_forecast_because text,
  skill double precision,
  skill_damped double precision
)
language sql stable cost 1000000 rows 250
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
-- The planner expects ten rows from an array and would choose nested loops, which took seconds for 2,400 stations. Its cost estimates would also start JIT compilation.
set enable_nestloop = off set jit = off
as $$
  with skilled as materialized (
    select
      1 - sum(score.brier * score.pairs) / nullif(sum(score.brier_persistence * score.pairs), 0) as skill,
      1 - sum(score.brier * score.pairs) / nullif(sum(score.brier_damped * score.pairs), 0) as skill_damped
    from api.forecast_skill as score
    where score.system_id = $1 and score.target = 'bike' and score.day > current_date - 15
      and score.minutes = (
        select near.minutes from api.forecast_skill as near
        where near.system_id = $1
        order by abs(near.minutes - $2), near.minutes limit 1
      )
  ), flagged as materialized (
    select flagged.station_id
    from api.flagged_station_between(now() - interval '24 hours', 'infinity', $1) as flagged
    where $4 and flagged.is_open
  ), parts as materialized (
    select part.*, case when part.without is null and part.station_id in (select flagged.station_id from flagged) then 'flagged' else part.without end as because
    from api.station_forecast_parts($1, api.forecast_minutes($2), $3) as part
  )
  select
    bike.station_id,
    case when bike.because is null then bike.used end,
    case when dock.because is null then dock.used end,
    case when bike.because is null then bike.expected end,
    case when bike.because is null then bike.basis end,
    case when dock.because is null then dock.basis end,
    case when bike.because is null then bike.trained_at end,
    bike.observed_at,
    bike.because,
    skilled.skill,
    skilled.skill_damped
  from parts as bike
  join parts as dock on dock.station_key = bike.station_key and dock.target = 'dock'
  cross join skilled
  where bike.target = 'bike'
$$;
