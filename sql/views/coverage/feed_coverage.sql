-- feed_coverage: when each feed was polled, so that "no row" can be read as unchanged or as not observed.
-- Grain: one row per run of polls of a feed with the same outcome (observed, empty, undecodable, failed, lost) and no hole.
-- Only `observed` is an observation. `lost` marks polls that Kafka's retention removed before the store read them. Time between two rows was not
-- polled. A hole is a pause longer than longest_pause of the usual time between polls, which packages/store/src/memory/coverage.ts estimates.
-- Reads: coverage, feed, system. Read by: held_coverage, packages/live, packages/cli, docs, dashboards.
create view api.feed_coverage as
select
  system.system_id,
  feed.feed,
  coverage.from_at,
  coverage.to_at,
  coverage.polls,
  coverage.outcome
from velolog.coverage
join velolog.feed using (feed_key)
join velolog.system using (system_key);
