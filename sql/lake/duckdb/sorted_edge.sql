-- sorted_edge(path, file_month): the first and the last known report of each station in a file of station_status.
-- Grain: one row per station that has a report that knows a count.
-- Reads: a file. Runs in DuckDB.
select
  file_month as month,
  station_id,
  min(observed_at) as observed_at,
  arg_min_null(num_bikes_available, observed_at) as num_bikes_available,
  arg_min_null(num_docks_available, observed_at) as num_docks_available,
  max(observed_at) as last_observed_at,
  arg_max_null(num_bikes_available, observed_at) as last_num_bikes_available,
  arg_max_null(num_docks_available, observed_at) as last_num_docks_available
from read_parquet(path, hive_partitioning = false)
where num_bikes_available is not null or num_docks_available is not null
group by station_id
