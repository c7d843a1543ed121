-- flow_balance: how many bikes came to and left each station, by day.
-- Grain: one row per station and local day (time zone of the system, UTC if unknown) on which it was observed. An hour of
-- station_hour belongs to the day in which it begins, which only matters where clocks differ from UTC by half an hour.
-- net is arrivals minus departures; null if no poll of the day told the bikes. All three are lower bounds and include what vans moved, see station_hour. A high largest_step,
-- the most bikes that came or left between two polls, points to a van. gap_seconds is how much of the day,
-- from the station's first to its last observation, was not observed.
-- The LAG behind the numbers, its order and its first row are those of station_hour_in.
-- The view reads the whole history. For a window of time ask flow_balance_between, which does not.
-- Reads: station, station_hour, system, timezone_or_utc. Read by: docs.
create view api.flow_balance as
with local_system as materialized (
  select system_id, api.timezone_or_utc(timezone) as timezone from velolog.system
),
of_day as (
  select
    hour.system_id,
    hour.station_id,
    (hour.hour_at at time zone local_system.timezone)::date as day,
    local_system.timezone,
    sum(hour.arrivals)::integer as arrivals,
    sum(hour.departures)::integer as departures,
    max(hour.largest_step) as largest_step,
    sum(hour.observed_share) * 3600 as observed_seconds
  from api.station_hour as hour
  join local_system using (system_id)
  group by hour.system_id, hour.station_id, local_system.timezone, (hour.hour_at at time zone local_system.timezone)::date
)
select
  of_day.system_id,
  of_day.station_id,
  station.name,
  station.lat,
  station.lon,
  of_day.day,
  of_day.arrivals,
  of_day.departures,
  of_day.arrivals - of_day.departures as net,
  of_day.largest_step,
  greatest(
    date_part(
      'epoch',
      least(station.last_observed_at, (of_day.day + 1)::timestamp at time zone of_day.timezone)
      - greatest(station.first_observed_at, of_day.day::timestamp at time zone of_day.timezone)
    ) - of_day.observed_seconds,
    0
  ) as gap_seconds
from of_day
join api.station using (system_id, station_id);
