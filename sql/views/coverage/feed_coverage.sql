-- feed_coverage: what has been polled when, so that "no row" is told apart as unchanged or not observed.
-- Grain: one row per run of polls of a feed with the same outcome (observed, empty, undecodable, failed, lost) and no hole.
-- Only `observed` is observation; `lost` marks polls that Kafka's retention removed before they were read. Time between two rows was not polled at all. A hole is a pause
-- longer than longest_pause of the usual time between polls, which packages/store/src/memory/coverage.ts keeps an estimate of.
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
