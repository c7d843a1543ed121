-- system: each bike-share system that has been recorded.
-- Grain: one row per system_id.
-- stations counts the stations in the newest poll. The first and last observation are those of station_status.
-- country is the two-letter code from the catalogue or systems.json; null if neither gives one.
-- is_archive: the system has only imported history; the newest record of each of its feeds was imported. Such a system never counts as
-- current, late or worst.
-- Reads: coverage, feed, newest_observation, station_summary, system. Read by: packages/store, packages/live, packages/cli, docs, dashboards.
create view api.system as
select
  system.system_id,
  system.name,
  system.operator,
  system.timezone,
  system.url,
  system.license_url,
  coalesce(station_summary.stations, 0) as stations,
  first.observed_at as first_observed_at,
  newest.observed_at as last_observed_at,
  not exists (
    select from velolog.feed as polled where polled.system_key = system.system_key and polled.last_polled_at = polled.last_fetched_at
  ) as is_archive,
  system.country
from velolog.system
left join velolog.feed on feed.system_key = system.system_key and feed.feed = 'station_status'
left join velolog.station_summary using (feed_key)
left join api.newest_observation as newest using (feed_key)
-- One look-up in the index for each system, as in newest_observation.
left join lateral (
  select coverage.from_at as observed_at
  from velolog.coverage
  where coverage.feed_key = feed.feed_key and coverage.outcome = 'observed'
  order by coverage.from_at
  limit 1
) as first on true;
