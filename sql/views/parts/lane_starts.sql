-- lane_starts: when the lanes of each system's station_status begin.
-- Grain: one row per system. starts lists the lanes in order of time: width_bucket(time, starts) is the number of the lane that contains
-- a time, and starts[that number + 1] is where the values of that lane stop being valid (see observed_lane).
-- A building block.
-- Reads: feed, observed_range, system. Read by: absence_span, ebike_count_between, station_step_between, system_count_between.
create view api.lane_starts as
select
  system.system_id,
  system.system_key,
  array(
    select lane.from_at
    from velolog.feed
    join velolog.observed_range as lane using (feed_key)
    where feed.system_key = system.system_key and feed.feed = 'station_status'
    order by lane.from_at
  ) as starts
from velolog.system;
