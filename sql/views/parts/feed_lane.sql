-- feed_lane: each lane of each feed, with its last observation.
-- Grain: one row per stretch of records of a feed. from_at and to_at are its first and last record; observed_at is its last successful poll, null if none was.
-- A building block. One look-up in the index for each lane, because a lane that often fails has thousands of runs.
-- Reads: coverage, observed_range. Read by: observed_lane, vehicle_count_between, vehicle_stay_between.
create view api.feed_lane as
select lane.feed_key, lane.from_at, lane.to_at, newest.observed_at
from velolog.observed_range as lane
left join lateral (
  select coverage.to_at as observed_at
  from velolog.coverage
  where coverage.feed_key = lane.feed_key
    and coverage.outcome = 'observed'
    and coverage.from_at between lane.from_at and lane.to_at
  order by coverage.from_at desc
  limit 1
) as newest on true;
