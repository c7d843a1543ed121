-- system over the files of a lake: the rows and columns of api.system (sql/views/now), whose header says what they mean.
-- Grain: one row per system, as it was when the lake was written.
-- Reads: files.system. Runs in PostgreSQL and DuckDB.
select system_id, name, operator, timezone, url, license_url, stations, first_observed_at, last_observed_at, is_archive, country
from files.system
