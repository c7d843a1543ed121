-- feed_coverage over the files of a lake: the rows and columns of api.feed_coverage (sql/views/coverage), whose header says what they mean.
-- Grain: one row per run of polls of a feed with the same outcome and no hole.
-- Reads: files.coverage. Runs in PostgreSQL and DuckDB.
select system_id, feed, from_at, to_at, polls, outcome
from files.coverage
