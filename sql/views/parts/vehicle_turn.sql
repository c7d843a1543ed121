-- vehicle_turn: which of its two names a list of vehicles had, and when, where a system has had it under both.
-- Grain: one row per turn of a name (feed), of systems with both names; none for other systems. from_at is the first list under the name,
-- to_at the first under the other (`infinity`: none yet). The first turn begins at `-infinity`.
-- A building block. LAG and LEAD run over the runs of observation of a system, of both feeds, in order of time.
-- Reads: coverage, feed, system. Read by: vehicle_change_between, vehicle_stay_between.
create view api.vehicle_turn as
select
  system_id, -- by what it is asked for: other systems are not looked at
  feed_key,
  case when feed_key_before is null then '-infinity' else from_at end as from_at,
  lead(from_at, 1, 'infinity') over (partition by system_id order by from_at) as to_at
from (
  select
    system.system_id,
    feed.feed_key,
    coverage.from_at,
    lag(feed.feed_key) over (partition by system.system_id order by coverage.from_at, feed.feed_key) as feed_key_before
  from velolog.system
  join velolog.feed using (system_key)
  join velolog.coverage using (feed_key)
  where coverage.outcome = 'observed' and feed.feed in ('free_bike_status', 'vehicle_status')
    and exists (
      select from velolog.feed as other
      where other.system_key = feed.system_key and other.feed_key <> feed.feed_key and other.feed in ('free_bike_status', 'vehicle_status')
    )
) as run
where feed_key_before is distinct from feed_key;
