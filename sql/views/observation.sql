-- observation: how much time had gone unobserved when each run of observation of a system began.
-- Grain: one row per system_id, with two arrays of equal length, in order of time.
-- A building block: the time a system went unobserved between two observations a and b is
--   unobserved_seconds[width_bucket(b, starts)] - unobserved_seconds[width_bucket(a, starts)].
-- Arrays, because a binary search per change is what keeps a window of 35,000 changes within its 50 ms; a join on
-- ranges of time takes ten times as long. LAG runs per system_id and not per key, so that a question about one system
-- reads the spans of no other; the first span has none before it, and nothing unobserved.
-- Reads: system, feed, coverage. Read by: observation_of_station.
create view api.observation as
select
  system_id,
  array_agg(from_at order by from_at) as starts,
  array_agg(unobserved_seconds order by from_at) as unobserved_seconds
from (
  select
    system_id,
    from_at,
    coalesce(sum(extract(epoch from from_at - previous_to_at)) over per_system, 0)::double precision as unobserved_seconds
  from (
    select
      system.system_id,
      coverage.from_at,
      lag(coverage.to_at) over (partition by system.system_id order by coverage.from_at) as previous_to_at
    from velolog.system
    join velolog.feed using (system_key)
    join velolog.coverage using (feed_key)
    where feed.feed = 'station_status' and coverage.outcome = 'observed'
  ) as spans
  window per_system as (partition by system_id order by from_at)
) as steps
group by system_id;
