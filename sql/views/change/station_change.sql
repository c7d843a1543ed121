-- station_change: each change of a station's bikes or docks, and by how much.
-- Grain: one row per change of (num_bikes_available, num_docks_available) of a station.
-- LAG runs per station, in order of our fetch time: last_reported is neither an order nor a change marker (on real
-- feeds it moves without a change, stands still during changes, and runs backwards). Rows that know neither count are
-- passed over, so a change is against the previous *known* values; the first known values have none and are not a
-- change. A station's id counts within its system only.
-- A row that knows one of the two counts is known: the other is null there, and with it its delta in that row and the next. So a sum of
-- deltas lacks what came or went while one count was not told; arrivals and departures of station_hour, which compare bikes alone, have it.
-- gap_seconds is the part of the time since prev_observed_at in which nobody looked: the feed did not answer, was not
-- polled, or did not list the station. With a gap the change may have been several, at any time in it.
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
