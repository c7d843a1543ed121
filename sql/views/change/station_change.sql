-- station_change: each change of a station's bikes or docks, with the difference.
-- Grain: one row per change of (num_bikes_available, num_docks_available) of a station.
-- LAG runs per station, in order of our fetch time: last_reported is neither an order nor a change marker (on real
-- feeds it moves without a change, stands still during changes, and runs backwards). Rows without either count are
-- skipped, so each change is against the previous *known* values; the first known values have no predecessor and are not a
-- change. A station's id is unique within its system only.
-- A row with one of the two counts is known; the other count is null, and so is its delta in that row and the next. A sum of
-- deltas therefore lacks what came or went while one count was missing; arrivals and departures of station_hour, which compare bikes alone, include it.
-- gap_seconds is how much of the time since prev_observed_at was not observed: the feed did not answer, was not
-- polled, or did not list the station. A row with a gap may stand for several changes, at any time in the gap.
-- The view reads the whole history. For a window of time ask station_change_between, which does not.
-- Reads: gap_seconds, known_report, observation_of_station. Read by: packages/live, docs.
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
