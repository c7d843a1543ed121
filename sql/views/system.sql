-- system: each bike-share system that has been recorded.
-- Grain: one row per system_id.
-- stations counts those that the newest poll listed; first and last observation are of station_status.
-- Reads: system, feed, coverage, station, station_state, station_absence. Read by: docs, `velolog sql`, dashboards.
create view api.system as
select
  system.system_id,
  system.name,
  system.operator,
  system.timezone,
  system.url,
  system.license_url,
  (
    select count(*)::integer
    from velolog.station
    join velolog.station_state using (station_key)
    where station.system_key = system.system_key
      and not exists (
        select from velolog.station_absence
        where station_absence.station_key = station.station_key
          and station_absence.to_at is null
          and station_absence.from_at > station_state.observed_at
      )
  ) as stations,
  observed.first_observed_at,
  observed.last_observed_at
from velolog.system
left join lateral (
  select min(coverage.from_at) as first_observed_at, max(coverage.to_at) as last_observed_at
  from velolog.feed
  join velolog.coverage using (feed_key)
  where feed.system_key = system.system_key
    and feed.feed = 'station_status'
    and coverage.outcome = 'observed'
) as observed on true;
