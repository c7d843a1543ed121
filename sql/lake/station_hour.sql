-- station_hour over the files of a lake: the rows and columns of api.station_hour (sql/views/hour), whose header says what they mean.
-- Grain: one row per station and UTC hour in which the station was observed.
-- The hours are files, worked out by PostgreSQL: no LAG runs here.
-- Reads: files.station_hour, files.station. Runs in PostgreSQL and DuckDB.
select
  hour.system_id,
  hour.station_id,
  station.name,
  hour.hour_at,
  hour.bikes_min,
  hour.bikes_mean,
  hour.bikes_max,
  hour.docks_min,
  hour.docks_mean,
  hour.docks_max,
  hour.empty_share,
  hour.full_share,
  hour.closed_share,
  hour.observed_share,
  hour.arrivals,
  hour.departures,
  hour.largest_step,
  hour.unknown_share
from files.station_hour as hour
join files.station as station on station.system_id = hour.system_id and station.station_id = hour.station_id
