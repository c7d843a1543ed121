-- seen_span: when the stations of each system were seen, and for how long what was seen holds.
-- Grain: one row per run of successful polls of a system's station_status. polled_at is its last poll, to_at is how long its values hold
-- (held_span).
-- A building block: at a time between to_at of a run and from_at of the next nobody looked.
-- Reads: held_span. Read by: ebike_count_between, station_at, station_step_between, packages/live, dashboards.
create view api.seen_span as
select system_id, system_key, from_at, polled_at, to_at
from api.held_span
where feed = 'station_status';
