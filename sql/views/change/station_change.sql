-- station_change: each change of a station's bikes or docks, with the difference.
-- Grain: one row per change of (num_bikes_available, num_docks_available) of a station.
-- LAG runs per station, in order of our fetch time: last_reported is neither an order nor a change marker (on real
-- feeds it moves without a change, stands still during changes, and runs backwards). Rows without either count are
-- skipped. Each count is compared with its own last *known* value: where a row tells a count that the row before does not, last_known_report
-- finds that value, so the deltas of a count add up to what it changed. The first known value of a count has no predecessor and is not
-- a change, nor is a count that is no longer told. A station's id is unique within its system only.
-- prev_observed_at is the row before; or, where it does not tell a count that this row tells, the older row that last did. A count that this row does not
-- tell is null, with no delta; its prev_ value is that of the row before.
-- gap_seconds is how much of the time since prev_observed_at was not observed: the feed did not answer, was not
-- polled, or did not list the station. A row with a gap may stand for several changes, at any time in the gap.
-- The view reads the whole history. For a window of time ask station_change_between, which does not.
-- Reads: gap_seconds, known_report, last_known_report, observation_of_station. Read by: packages/live, docs.
create view api.station_change as
with reported as (
  select
    station_key,
    observed_at,
    num_bikes_available,
    num_docks_available,
    is_kept,
    lag(observed_at) over per_station as before_at,
    lag(num_bikes_available) over per_station as bikes_before,
    lag(num_docks_available) over per_station as docks_before,
    case
      when num_bikes_available is not null and lag(num_bikes_available) over per_station is null
        and lag(observed_at) over per_station is not null
        then api.last_known_report(station_key, observed_at, true)
    end as bikes_report,
    case
      when num_docks_available is not null and lag(num_docks_available) over per_station is null
        and lag(observed_at) over per_station is not null
        then api.last_known_report(station_key, observed_at, false)
    end as docks_report
  from api.known_report
  window per_station as (partition by station_key order by observed_at)
),
known as (
  select
    station_key,
    observed_at,
    num_bikes_available,
    num_docks_available,
    least(
      case when num_bikes_available is not null then case when bikes_before is null then (bikes_report).observed_at else before_at end end,
      case when num_docks_available is not null then case when docks_before is null then (docks_report).observed_at else before_at end end
    ) as prev_observed_at,
    coalesce(bikes_before, (bikes_report).num_bikes_available) as prev_num_bikes_available,
    coalesce(docks_before, (docks_report).num_docks_available) as prev_num_docks_available
  from reported
  where not is_kept
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
  (known.num_bikes_available - known.prev_num_bikes_available)::integer as bikes_delta,
  known.num_docks_available,
  known.prev_num_docks_available,
  (known.num_docks_available - known.prev_num_docks_available)::integer as docks_delta,
  api.gap_seconds(
    known.prev_observed_at, known.observed_at,
    station.starts, station.unobserved_seconds, station.returns, station.absent_seconds
  ) as gap_seconds
from known
join api.observation_of_station as station using (station_key)
where known.num_bikes_available <> known.prev_num_bikes_available
  or known.num_docks_available <> known.prev_num_docks_available;
