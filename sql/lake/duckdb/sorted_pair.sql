-- sorted_pair(path): each known report in a file of station_status beside the one before it of the same station in the same file.
-- Grain: one row per report that knows a count, but the first of each station.
-- LAG runs over the rows as they come, because the file is sorted by station and time: no sort, no partition. What is not in order is an
-- error, never a wrong row.
-- Reads: a file. Runs in DuckDB.
select
  station_id, observed_at, prev_observed_at,
  num_bikes_available, prev_num_bikes_available, num_docks_available, prev_num_docks_available
from (
  select
    *,
    lag(station_id) over () as prev_station_id,
    lag(observed_at) over () as prev_observed_at,
    lag(num_bikes_available) over () as prev_num_bikes_available,
    lag(num_docks_available) over () as prev_num_docks_available
  from (
    select station_id, observed_at, num_bikes_available, num_docks_available
    from read_parquet(path, hive_partitioning = false)
    where num_bikes_available is not null or num_docks_available is not null
  )
)
where case
  when prev_station_id = station_id and prev_observed_at < observed_at then true
  when prev_station_id is null or prev_station_id < station_id then false
  else error('A file of station_status is not in order: write the lake again')
end
