-- outage_episode over the files of a lake: the rows and columns of api.outage_episode (sql/views/outage), whose header says what they mean.
-- Grain: one row per spell in which a station was empty, full or closed.
-- The LAG, its order and its first row are those of station_spell.
-- Reads: api.station_spell. Runs in PostgreSQL and DuckDB.
select
  system_id, station_id, name, lat, lon, state, from_at, to_at, is_open, duration_seconds, start_observed, end_observed
from api.station_spell
where state in ('empty', 'full', 'closed')
