-- vehicle_feed: the feed that lists each system's vehicles. If a system has had it under two names, it is the one fetched last.
-- Grain: one row per system with such a feed. observed_at is its newest observation, null if there is none. lane_from_at is the beginning of
-- the live stretch of records. is_archive: the feed has only imported history and is not polled.
-- A building block: stays that were open when the other feed took over, or when imported history ended, are not current.
-- Reads: feed, newest_observation, observed_range, system. Read by: vehicle_count_between, vehicle_current, vehicle_stay_between, vehicle_total, packages/store, packages/live, dashboards.
create view api.vehicle_feed as
select distinct on (system.system_id) -- by what it is asked for: the systems before it are not looked at
  system.system_id,
  feed.system_key,
  feed.feed_key,
  newest.observed_at,
  lane.from_at as lane_from_at,
  feed.last_polled_at is null or feed.last_polled_at < feed.last_fetched_at as is_archive,
  feed.feed
from velolog.feed
join velolog.system using (system_key)
left join api.newest_observation as newest using (feed_key)
left join lateral (
  select observed_range.from_at
  from velolog.observed_range
  where observed_range.feed_key = feed.feed_key
  order by observed_range.from_at desc
  limit 1
) as lane on true
where feed.feed in ('free_bike_status', 'vehicle_status')
order by system.system_id, feed.last_fetched_at desc, feed.feed_key;
