-- gap: time in which the stations of a system were not observed, because the feed did not answer or was not polled.
-- Grain: one row per pause between two runs of observation of a system's station_status. ended_at is when observation
-- resumed, `seconds` after the last observation.
-- A building block. It finds the previous run by its index and not with LAG, so that a question about a window of time
-- reads only the gaps in the window. The first run has no predecessor and gives no gap.
-- Reads: coverage, feed, system. Read by: known_absence, observation, station_change_between, unobserved_between.
create view api.gap as
select
  system.system_id,
  feed.feed_key,
  span.from_at as ended_at,
  extract(epoch from span.from_at - previous.to_at) as seconds
from velolog.system
join velolog.feed using (system_key)
join velolog.coverage as span using (feed_key)
cross join lateral (
  select coverage.to_at
  from velolog.coverage
  where coverage.feed_key = span.feed_key and coverage.outcome = 'observed' and coverage.from_at < span.from_at
  order by coverage.from_at desc
  limit 1
) as previous
where feed.feed = 'station_status' and span.outcome = 'observed';
