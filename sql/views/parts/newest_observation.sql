-- newest_observation: when each feed was last observed.
-- Grain: one row per feed that was ever observed. from_at is the beginning of its newest run of successful polls, observed_at that run's last poll.
-- A building block. One look-up in the index for each feed, because a feed that often fails has thousands of runs.
-- Reads: coverage, feed. Read by: feed_health, station, station_current, station_forecast_parts, station_vehicle_type_current, system, vehicle_feed, packages/store.
create view api.newest_observation as
select feed.feed_key, feed.system_key, feed.feed, run.from_at, run.to_at as observed_at
from velolog.feed
cross join lateral (
  select coverage.from_at, coverage.to_at
  from velolog.coverage
  where coverage.feed_key = feed.feed_key and coverage.outcome = 'observed'
  order by coverage.from_at desc
  limit 1
) as run;
