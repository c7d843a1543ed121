-- station over the files of a lake: the rows and columns of api.station (sql/views/now), whose header says what they mean.
-- Grain: one row per station, as it was when the lake was written.
-- Reads: files.station. Runs in PostgreSQL and DuckDB.
select *
from files.station
