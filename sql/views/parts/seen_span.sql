-- seen_span: when the stations of each system were observed, and for how long the observed values stay valid.
-- Grain: one row per run of successful polls of a system's station_status. polled_at is its last poll; its values stay valid until to_at
-- (held_span).
-- A building block: time between to_at of a run and from_at of the next was not observed.
-- Reads: held_span. Read by: ebike_count_between, station_at, station_step_between, packages/live, dashboards.
create view api.seen_span as
select system_id, system_key, from_at, polled_at, to_at
from api.held_span
where feed = 'station_status';
