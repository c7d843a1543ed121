-- observation: the total unobserved time of a system at the end of each gap in its observation.
-- Grain: one row per system_id that has gaps, with two arrays of equal length, in order of time.
-- A building block: the time a system went unobserved between two observations a and b is
--   unobserved_seconds[width_bucket(b, starts)] - unobserved_seconds[width_bucket(a, starts)].
-- Arrays allow a binary search for each change, so that a window of 35,000 changes takes less than 50 ms; a join on
-- ranges of time takes ten times as long.
-- Reads: gap. Read by: observation_of_station.
create view api.observation as
select
  system_id,
  array_agg(ended_at order by ended_at) as starts,
  array_agg(unobserved_seconds order by ended_at) as unobserved_seconds
from (
  select
    system_id,
    ended_at,
    (sum(seconds) over (partition by system_id order by ended_at))::double precision as unobserved_seconds
  from api.gap
) as steps
group by system_id;
