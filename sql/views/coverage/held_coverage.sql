-- held_coverage: the runs of polls of each feed, and until when the outcome of each stays valid.
-- Grain: one row per run of polls of a feed with the same outcome (feed_coverage).
-- held_to is the beginning of the next run if that follows without a hole, the present if the next poll is not late yet (longest_pause), and
-- otherwise the run's own end, after which the feed was not polled. Two consecutive runs with the same outcome always have unobserved time between
-- them, however short: for example where imported history ends and live polls begin.
-- Reads: feed_coverage, longest_pause. Read by: dashboards.
create view api.held_coverage as
select
  system_id,
  feed,
  from_at,
  to_at,
  polls,
  outcome,
  case
    when next_outcome is distinct from outcome and next_at - to_at <= api.longest_pause(extract(epoch from to_at - from_at)::double precision / nullif(polls - 1, 0)) then next_at
    else to_at
  end as held_to
from (
  select *, lead(from_at, 1, now()) over following as next_at, lead(outcome) over following as next_outcome
  from api.feed_coverage
  window following as (partition by system_id, feed order by from_at)
) as run;
